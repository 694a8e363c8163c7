//! The command line: commands and their arguments, made from the table of settings.

use crate::commands;
use crate::options::{Options, Resolved, SETTINGS, Setting};
use brickyard_error::{Failure, Result, codes};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The version that `brickyard version` tells.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs a command line to its exit code. Failures go to standard error in one line.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: fn(&str) -> Option<String>) -> ExitCode {
    let matches = command().get_matches_from(arguments);
    match dispatch(&matches, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "brickyard: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(matches: &ArgMatches, environment: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    match matches.subcommand() {
        Some(("up", arguments)) => crate::up::run(options(arguments, environment)?),
        Some(("executor", arguments)) => commands::executor::run(options(arguments, environment)?, arguments),
        Some(("version", _)) => commands::print(format!("brickyard {VERSION}")),
        Some(("config", arguments)) => commands::config::run(&resolve(arguments, environment)?),
        Some(("doctor", arguments)) => commands::doctor::run(&options(arguments, environment)?),
        Some(("explain", arguments)) => commands::explain::run(text(arguments, "code")),
        Some(("token", arguments)) => commands::token::run(arguments, &|arguments| options(arguments, environment)),
        Some(("deploy", arguments)) => commands::deploy::run(arguments, environment),
        Some(("completions", arguments)) => commands::completions(arguments, command()),
        _ => Ok(()),
    }
}

pub(crate) fn command() -> Command {
    let code = Arg::new("code").required(true).value_name("CODE").help("A code from an error, for example BY-ML-0007");
    let code = code.value_parser(PossibleValuesParser::new(brickyard_error::codes::all().map(|code| code.id)));
    Command::new("brickyard")
        .version(VERSION)
        .about("The open, self-hosted lakehouse and machine-learning platform, in one binary")
        .after_help(
            "Start with:\n  brickyard up\n\nThen, from Python:\n  SparkSession.builder.remote(\"sc://localhost:15002\").getOrCreate()\n  mlflow.set_tracking_uri(\"http://localhost:8080\")",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(Command::new("up").about("Start everything in one process")))
        .subcommand(
            with_settings(Command::new("executor").about("Join a server's cluster as an executor"))
                .arg(Arg::new("join").long("join").required(true).value_name("ADDR").help("The scheduler's address"))
                .hide(true),
        )
        .subcommand(Command::new("version").about("Print the version"))
        .subcommand(
            with_settings(Command::new("config").about("Show every option, its value, and where it came from"))
                .arg(Arg::new("show").long("show").action(ArgAction::SetTrue).help("Print the table (the default)")),
        )
        .subcommand(with_settings(Command::new("doctor").about("Say what this machine has and lacks")))
        .subcommand(Command::new("explain").about("Explain an error code").arg(code))
        .subcommand(commands::token::command(with_settings))
        .subcommand(commands::deploy::command())
        .subcommand(
            Command::new("completions").about("Print a shell's completion script").arg(
                Arg::new("shell")
                    .required(true)
                    .value_name("SHELL")
                    .value_parser(clap::value_parser!(clap_complete::Shell)),
            ),
        )
}

/// Adds every setting of the table as a flag, and `--config FILE`.
fn with_settings(command: Command) -> Command {
    let config =
        Arg::new("config").long("config").value_name("FILE").help("TOML file of options [env: BRICKYARD_CONFIG]");
    command.args(SETTINGS.iter().map(flag)).arg(config)
}

fn flag(setting: &'static Setting) -> Arg {
    let default = if setting.default.is_empty() { String::new() } else { format!("[default: {}] ", setting.default) };
    let help = format!("{} {default}[env: {}]", setting.help, setting.variable());
    let arg = Arg::new(setting.key).long(setting.key).value_name(setting.value_name).help(help);
    if setting.choices.is_empty() { arg } else { arg.value_parser(PossibleValuesParser::new(setting.choices)) }
}

fn options(matches: &ArgMatches, environment: &dyn Fn(&str) -> Option<String>) -> Result<Options> {
    Options::new(&resolve(matches, environment)?)
}

fn resolve(matches: &ArgMatches, environment: &dyn Fn(&str) -> Option<String>) -> Result<Resolved> {
    let named = matches.get_one::<String>("config").cloned().or_else(|| environment("BRICKYARD_CONFIG"));
    let file = match named.map(PathBuf::from) {
        Some(path) => {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let text = format!("cannot read the options in {}: {error}", path.display());
                Failure::new(&codes::server::OPTION_INVALID, text)
            })?;
            Some((path, text))
        }
        None => None,
    };
    let file = file.as_ref().map(|(path, text)| (path.clone(), text.as_str()));
    Resolved::new(&|key| matches.get_one::<String>(key).cloned(), environment, file)
}

pub(crate) fn text<'a>(matches: &'a ArgMatches, name: &str) -> &'a str {
    matches.get_one::<String>(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        super::command().debug_assert();
    }
}
