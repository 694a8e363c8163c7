//! Compiles the messages of ONNX files, without an installed `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = protox::compile(["proto/onnx.proto"], ["proto"])?;
    prost_build::Config::new().compile_fds(files)?;
    emit_rerun();
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn emit_rerun() {
    println!("cargo:rerun-if-changed=proto");
}
