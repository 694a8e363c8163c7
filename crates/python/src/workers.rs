//! Worker processes of one session: a daemon that has Python and its libraries loaded forks them, those that have done
//! their task wait for the next, and those whose query is over before its end are killed.

use brickyard_error::{Failure, Result, codes};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Loading Python's libraries takes about a second; a slow disk may need many.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Lines of a worker's own output that are kept for messages.
const LINES_KEPT: usize = 20;

/// How Python runs here.
#[derive(Debug, Clone)]
pub struct PythonOptions {
    /// The interpreter.
    pub program: PathBuf,
    pub users: PythonUsers,
    /// Of one worker's address space; 0: no limit.
    pub memory_bytes: u64,
    /// How long a worker may give no rows; none: as long as it likes.
    pub time_limit: Option<Duration>,
    /// All that a worker sees of the server's environment.
    pub environment: Vec<(String, String)>,
}

/// Who may run Python code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonUsers {
    Everyone,
    Named(Vec<String>),
}

impl PythonUsers {
    fn has(&self, user: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Named(names) => names.iter().any(|name| name == user),
        }
    }
}

impl Default for PythonOptions {
    fn default() -> Self {
        let program = PathBuf::from("python3");
        Self { program, users: PythonUsers::Everyone, memory_bytes: 0, time_limit: None, environment: Vec::new() }
    }
}

/// The workers of a session. Dropped, they end.
pub struct Workers {
    options: PythonOptions,
    user: String,
    /// Of the session's Python files, and of sockets.
    folder: Mutex<Option<Arc<TempDir>>>,
    includes: Mutex<Vec<String>>,
    daemon: tokio::sync::Mutex<Option<Arc<Daemon>>>,
    idle: Mutex<Vec<Worker>>,
}

struct Daemon {
    socket: PathBuf,
    /// Process ids of workers to kill. Closed, the daemon ends with all its workers.
    kill: UnboundedSender<i32>,
    output: Output,
}

/// The last lines that the daemon and its workers wrote.
type Output = Arc<Mutex<VecDeque<String>>>;

struct Worker {
    stream: UnixStream,
    process: i32,
    daemon: Arc<Daemon>,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Workers")
    }
}

impl Workers {
    pub fn new(options: PythonOptions, user: &str) -> Self {
        Self {
            options,
            user: user.to_owned(),
            folder: Mutex::default(),
            includes: Mutex::default(),
            daemon: tokio::sync::Mutex::default(),
            idle: Mutex::default(),
        }
    }

    /// # Errors
    /// The session's user may not run code.
    pub fn check_user(&self) -> Result<()> {
        if self.options.users.has(&self.user) {
            return Ok(());
        }
        let text = format!(
            "{} may not run Python functions here; ask for --python-users {} where the server starts",
            self.user, self.user
        );
        Err(Failure::new(&codes::python::NOT_ALLOWED, text))
    }

    pub fn time_limit(&self) -> Option<Duration> {
        self.options.time_limit
    }

    /// The folder that Python files of the session are imported from.
    pub fn folder(&self) -> Result<Arc<TempDir>> {
        let mut folder = self.folder.lock();
        if let Some(folder) = folder.as_ref() {
            return Ok(Arc::clone(folder));
        }
        let made = tempfile::Builder::new().prefix("brickyard-python-").tempdir();
        let made = made.map_err(|error| Failure::internal("a folder for Python files").because(error))?;
        Ok(Arc::clone(folder.insert(Arc::new(made))))
    }

    /// Archives in the folder (zip, egg, wheel) that are imported from.
    pub fn includes(&self) -> Vec<String> {
        self.includes.lock().clone()
    }

    /// Keeps a Python file, or an archive of such, for functions to import.
    pub fn add_file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.check_user()?;
        let plain = Path::new(name).file_name().and_then(|name| name.to_str());
        let name =
            plain.ok_or_else(|| Failure::new(&codes::spark::INVALID_PLAN, format!("{name} is no file's name")))?;
        let path = self.folder()?.path().join(name);
        std::fs::write(&path, bytes).map_err(|error| Failure::internal(format!("keeping {name}")).because(error))?;
        let is_archive = [".zip", ".egg", ".whl", ".jar"].iter().any(|ending| name.ends_with(ending));
        let mut includes = self.includes.lock();
        if is_archive && !includes.iter().any(|other| other == name) {
            includes.push(name.to_owned());
        }
        // Those that run have looked at their folders already.
        self.idle.lock().clear();
        Ok(())
    }

    /// A worker that waits for a task.
    pub(crate) async fn hire(self: &Arc<Self>) -> Result<Hired> {
        self.check_user()?;
        let idle = self.idle.lock().pop();
        let worker = match idle {
            Some(worker) => worker,
            None => self.fork().await?,
        };
        Ok(Hired { worker: Some(worker), home: Arc::clone(self) })
    }

    async fn fork(&self) -> Result<Worker> {
        let mut daemon = self.daemon.lock().await;
        if daemon.as_ref().is_some_and(|daemon| daemon.kill.is_closed()) {
            *daemon = None;
        }
        let daemon = match daemon.as_ref() {
            Some(daemon) => Arc::clone(daemon),
            None => Arc::clone(daemon.insert(Arc::new(self.start().await?))),
        };
        let dead = |error: std::io::Error| no_python(&self.options.program, &daemon.output).because(error);
        let mut stream = UnixStream::connect(&daemon.socket).await.map_err(dead)?;
        let process = stream.read_i32().await.map_err(dead)?;
        if process <= 0 {
            return Err(Failure::internal("the system forks no further Python worker"));
        }
        Ok(Worker { stream, process, daemon })
    }

    async fn start(&self) -> Result<Daemon> {
        let program = &self.options.program;
        let mut command = Command::new(program);
        command.args(["-m", "pyspark.daemon", "pyspark.worker"]).env_clear();
        command.envs(self.options.environment.iter().map(|(name, value)| (name, value)));
        command.env("PYTHON_UNIX_DOMAIN_ENABLED", "true").env("PYTHON_WORKER_FACTORY_SOCK_DIR", self.folder()?.path());
        // A file that is sent anew may look like the one before to a compiled copy of it.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("SPARK_REUSE_WORKER", "1").env("PYTHONUNBUFFERED", "YES");
        if self.options.memory_bytes > 0 {
            command.env("PYSPARK_EXECUTOR_MEMORY_MB", self.options.memory_bytes.div_ceil(1 << 20).to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = Output::default();
        let mut child = command.spawn().map_err(|error| no_python(program, &output).because(error))?;
        let (Some(stdin), Some(mut stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Failure::internal("a Python process without its pipes"));
        };
        tokio::spawn(listen(BufReader::new(stderr), Arc::clone(&output)));
        let socket = tokio::time::timeout(START_LIMIT, async {
            let mut path = vec![0; usize::try_from(stdout.read_i32().await?).unwrap_or_default()];
            stdout.read_exact(&mut path).await?;
            std::io::Result::Ok(path)
        });
        let socket = match socket.await {
            Ok(Ok(path)) => PathBuf::from(String::from_utf8_lossy(&path).into_owned()),
            Ok(Err(error)) => {
                // What it wrote last says why.
                let _ = tokio::time::timeout(Duration::from_secs(1), child.wait()).await;
                tokio::task::yield_now().await;
                return Err(no_python(program, &output).because(error));
            }
            Err(late) => return Err(no_python(program, &output).because(late)),
        };
        tokio::spawn(listen(BufReader::new(stdout), Arc::clone(&output)));
        let (kill, killed) = unbounded_channel();
        tokio::spawn(hold(child, stdin, killed));
        Ok(Daemon { socket, kill, output })
    }
}

/// Tells the daemon whom to kill, until nobody can ask any more: without its standard input it ends.
async fn hold(mut child: Child, mut stdin: tokio::process::ChildStdin, mut killed: UnboundedReceiver<i32>) {
    loop {
        let process = tokio::select! {
            process = killed.recv() => process,
            _ = child.wait() => None,
        };
        let Some(process) = process else { break };
        if stdin.write_all(&process.to_be_bytes()).await.is_err() || stdin.flush().await.is_err() {
            break;
        }
    }
    drop(stdin);
    if let Err(error) = child.wait().await {
        tracing::warn!(%error, "a Python process was not seen to end");
    }
}

async fn listen(mut from: impl tokio::io::AsyncBufRead + Unpin, output: Output) {
    let mut line = Vec::new();
    while matches!(from.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        tracing::debug!(target: "brickyard_python", "{text}");
        let mut output = output.lock();
        if output.len() == LINES_KEPT {
            output.pop_front();
        }
        output.push_back(text);
    }
}

fn no_python(program: &Path, output: &Output) -> Failure {
    let last = output.lock().back().cloned();
    let why = last.map(|line| format!(" ({line})")).unwrap_or_default();
    let text = format!(
        "{} runs no functions{why}; pip install pyspark-client==4.2.* 'pandas<3' pyarrow there, or start the server with \
         --python PATH of a Python that has them",
        program.display()
    );
    Failure::new(&codes::python::NO_PYTHON, text)
}

/// A worker at a task. Dropped before it has come back, it is killed.
pub(crate) struct Hired {
    worker: Option<Worker>,
    home: Arc<Workers>,
}

impl Hired {
    pub fn stream(&mut self) -> Result<&mut UnixStream> {
        self.worker.as_mut().map(|worker| &mut worker.stream).ok_or_else(|| Failure::internal("a worker gone home"))
    }

    /// Its task is done, and it waits for another.
    pub fn go_home(mut self) {
        self.home.idle.lock().extend(self.worker.take());
    }
}

impl Drop for Hired {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take()
            && worker.daemon.kill.send(worker.process).is_err()
        {
            tracing::debug!("the daemon of a Python worker is gone already");
        }
    }
}
