//! Compiles the wire contract in `proto/` to messages and a server trait, without an installed `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = protox::compile(["proto/spark/connect/base.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .build_client(false)
        .codec_path("crate::codec::DeepCodec")
        // Rows are shared with the buffers they were received in, or that a client may ask for again.
        .bytes(".spark.connect.ExecutePlanResponse.ArrowBatch.data")
        .bytes(".spark.connect.LocalRelation.data")
        .compile_fds(files)?;
    emit_rerun();
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn emit_rerun() {
    println!("cargo:rerun-if-changed=proto");
}
