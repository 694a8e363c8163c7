//! Progress bars of trainings in the server's terminal, below the log.

use brickyard_train::{Running, Watch};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The terminal's lines: bars at the bottom, log lines above them.
#[derive(Clone)]
pub struct Terminal(MultiProgress);

impl Terminal {
    pub fn new() -> Self {
        Self(MultiProgress::new())
    }

    /// Shows a bar for each running fit until the process ends. Without a terminal nothing is drawn.
    pub async fn show(self, watch: Watch) {
        if !io::stderr().is_terminal() {
            return;
        }
        let mut bars: HashMap<u64, ProgressBar> = HashMap::new();
        loop {
            let running = watch.running();
            bars.retain(|id, bar| {
                let goes_on = running.iter().any(|fit| fit.id == *id);
                if !goes_on {
                    bar.finish_and_clear();
                }
                goes_on
            });
            for fit in &running {
                let bar = bars.entry(fit.id).or_insert_with(|| self.0.add(new_bar(fit)));
                draw(bar, fit);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn new_bar(fit: &Running) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:<28} {wide_bar:.red} {pos}/{len} {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏ ");
    ProgressBar::new(0).with_style(style).with_prefix(fit.name.clone())
}

fn draw(bar: &ProgressBar, fit: &Running) {
    let Some(progress) = fit.progress else {
        bar.set_message("reading rows");
        return;
    };
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    let seconds = fit.started.elapsed().as_secs_f64();
    let rows_per_second = fit.rows as f64 * progress.done as f64 / seconds.max(1e-9);
    bar.set_message(format!("{} {:.1} M rows/s {seconds:.0} s", progress.unit, rows_per_second / 1e6));
}

impl<'a> MakeWriter<'a> for Terminal {
    type Writer = LogLines;
    fn make_writer(&'a self) -> LogLines {
        LogLines(self.0.clone())
    }
}

/// Writes log lines without tearing the bars.
pub struct LogLines(MultiProgress);

impl io::Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }
    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
