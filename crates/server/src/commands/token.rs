//! `brickyard token create|list|revoke`: works on the data folder, whether or not a server runs.

use crate::cli::text;
use crate::options::Options;
use brickyard_auth::Auth;
use brickyard_error::{Failure, Result, codes};
use brickyard_meta::Meta;
use clap::{Arg, ArgMatches, Command};

pub fn command(with_settings: fn(Command) -> Command) -> Command {
    let create = Command::new("create")
        .about("Make an access token and print it once")
        .arg(Arg::new("user").long("user").value_name("NAME").default_value("admin").help("Whom the token speaks for"))
        .arg(Arg::new("name").long("name").value_name("NAME").default_value("cli").help("Where the token is used"))
        .arg(
            Arg::new("days")
                .long("days")
                .value_name("DAYS")
                .value_parser(clap::value_parser!(i64).range(1..))
                .help("Days until it expires; without, never"),
        );
    let revoke =
        Command::new("revoke").about("Make a token worthless").arg(Arg::new("id").required(true).value_name("ID"));
    Command::new("token")
        .about("Make, list and revoke access tokens")
        .subcommand_required(true)
        .subcommand(with_settings(create))
        .subcommand(with_settings(Command::new("list").about("List tokens; secrets are not kept")))
        .subcommand(with_settings(revoke))
}

pub fn run(arguments: &ArgMatches, options: &dyn Fn(&ArgMatches) -> Result<Options>) -> Result<()> {
    let Some((verb, arguments)) = arguments.subcommand() else { return Ok(()) };
    let options = options(arguments)?;
    super::block_on(async move {
        let auth = Auth::new(open(&options).await?, options.auth);
        match verb {
            "create" => create(&auth, arguments).await,
            "list" => list(&auth).await,
            _ => revoke(&auth, text(arguments, "id")).await,
        }
    })
}

async fn open(options: &Options) -> Result<Meta> {
    crate::up::data_folder(&options.data_dir)?;
    Meta::open(&crate::up::store_path(&options.data_dir)).await
}

async fn create(auth: &Auth, arguments: &ArgMatches) -> Result<()> {
    const DAY_MS: i64 = 86_400_000;
    let now_ms = chrono::Utc::now().timestamp_millis();
    let expires_ms = arguments.get_one::<i64>("days").map(|days| now_ms + days * DAY_MS);
    let token = auth.create_token(text(arguments, "name"), text(arguments, "user"), expires_ms, now_ms).await?;
    super::print(token.secret)
}

async fn list(auth: &Auth) -> Result<()> {
    let day = |ms: i64| {
        chrono::DateTime::from_timestamp_millis(ms).map_or_else(String::new, |time| time.format("%Y-%m-%d").to_string())
    };
    let mut rows = vec![["ID", "USER", "NAME", "CREATED", "EXPIRES"].map(str::to_owned).to_vec()];
    rows.extend(auth.tokens().await?.into_iter().map(|token| {
        let expires = token.expires_ms.map_or_else(|| "never".to_owned(), day);
        vec![token.id, token.principal, token.name, day(token.created_ms), expires]
    }));
    super::print(super::table(&rows))
}

async fn revoke(auth: &Auth, id: &str) -> Result<()> {
    if auth.revoke_token(id).await? {
        return super::print(format!("revoked {id}"));
    }
    Err(Failure::new(
        &codes::server::OPTION_INVALID,
        format!("there is no token {id}; `brickyard token list` lists them"),
    ))
}
