// One run: its facts, parameters, curves, data and files.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { artifact, artifacts, metricValue, run as getRun, runName } from "../api/mlflow";
import type { FileInfo, KeyValue, Run } from "../api/mlflow";
import { useQuery } from "../api/query";
import { Icon } from "../components/icons";
import { Answer, Facts, Head, Section } from "../components/layout";
import { MetricCurves } from "../components/metric-curves";
import { Status, runState } from "../components/status";
import { bytes, duration, number, timestamp, zone } from "../format";
import { path } from "../url";

export function RunPage({ run }: { run: string }): JSX.Element {
  const found = useQuery({ key: ["run", run], ask: (signal) => getRun(run, signal), every: 5_000 });
  return <Answer of={found}>{(data) => <RunView run={data} />}</Answer>;
}

function RunView({ run }: { run: Run }): JSX.Element {
  const { info, data, inputs } = run;
  const metrics = data.metrics ?? [];
  const tags = (data.tags ?? []).filter(({ key }) => !key.startsWith("mlflow."));
  const sets = inputs?.dataset_inputs ?? [];
  return (
    <>
      <Head title={runName(run)} above={[["Runs", path`/experiments/${info.experiment_id}`]]} meta={<Status {...runState(info.status)} />} />
      <Facts
        facts={[
          [`Started (${zone()})`, timestamp(info.start_time)],
          ["Took", info.end_time ? duration(info.end_time - info.start_time) : "still running"],
          ["By", info.user_id || "–"],
          ["Run id", <code>{info.run_id}</code>],
          ...sets.map(({ dataset }): [string, string] => ["Data", `${dataset.name} ${dataset.digest}`]),
        ]}
      />
      <div class="beside">
        <Section title="Metrics" meta="last value">
          <Pairs empty="None logged." pairs={metrics.map((metric) => ({ key: metric.key, value: number(metricValue(metric)) }))} />
        </Section>
        <Section title="Parameters">
          <Pairs empty="None logged." pairs={data.params ?? []} />
        </Section>
      </div>
      {metrics.length > 0 && (
        <Section title="Curves" meta="drag to zoom, double-click to go back">
          <MetricCurves runs={[run]} metrics={metrics.map(({ key }) => key).sort()} />
        </Section>
      )}
      {tags.length > 0 && (
        <Section title="Tags">
          <Pairs empty="" pairs={tags} />
        </Section>
      )}
      <Section title="Files">
        <Files run={run} />
      </Section>
    </>
  );
}

function Pairs({ pairs, empty }: { pairs: KeyValue[]; empty: string }): JSX.Element {
  if (!pairs.length) return <p class="meta">{empty}</p>;
  const sorted = [...pairs].sort((a, b) => a.key.localeCompare(b.key));
  return (
    <table class="list pairs">
      <tbody>
        {sorted.map(({ key, value }) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td title={value}>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TEXT = /\.(txt|log|json|ya?ml|csv|md|py|sql|toml|cfg|html?|xml)$|(^|\/)(MLmodel|conda\.yaml|requirements\.txt|_SUCCESS|part-\d+[^.]*)$/;
const SHOWN_BYTES = 200_000;

function Files({ run }: { run: Run }): JSX.Element {
  const [shown, show] = useState<FileInfo | null>(null);
  return (
    <div class="files">
      <Folder run={run} folder="" show={show} shown={shown} />
      {shown && <FileView run={run} file={shown} />}
    </div>
  );
}

interface FolderProps {
  run: Run;
  folder: string;
  shown: FileInfo | null;
  show: (file: FileInfo) => void;
}

function Folder({ run, folder, shown, show }: FolderProps): JSX.Element {
  const files = useQuery({ key: ["artifacts", run.info.run_id, folder], ask: (signal) => artifacts(run.info.run_id, folder, signal) });
  return (
    <Answer of={files}>
      {(found) =>
        found.length === 0 ? (
          <p class="meta">No files.</p>
        ) : (
          <ul class="folder">
            {found.map((file) => (
              <li key={file.path}>
                {file.is_dir ? (
                  <SubFolder run={run} folder={file.path} shown={shown} show={show} />
                ) : (
                  <button type="button" aria-pressed={shown?.path === file.path} onClick={() => show(file)}>
                    {baseName(file.path)} <span class="meta">{file.file_size === undefined ? "" : bytes(Number(file.file_size))}</span>
                  </button>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Answer>
  );
}

function SubFolder({ run, folder, shown, show }: FolderProps): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "open" : "closed"} />
        {baseName(folder)}
      </button>
      {open && <Folder run={run} folder={folder} shown={shown} show={show} />}
    </>
  );
}

const baseName = (file: string): string => file.split("/").at(-1)!;

/** A file as plain text, never as a page: what runs log is not trusted. */
function FileView({ run, file }: { run: Run; file: FileInfo }): JSX.Element {
  const readable = TEXT.test(file.path) && Number(file.file_size ?? 0) <= SHOWN_BYTES;
  const content = useQuery({
    key: ["artifact", run.info.run_id, file.path],
    ask: async (signal) => (await artifact(run, file.path, signal))?.text() ?? "",
    enabled: readable,
  });
  const save = async () => {
    const response = await artifact(run, file.path, new AbortController().signal);
    if (!response) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = baseName(file.path);
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div class="file">
      <div class="section-head">
        <h3>{file.path}</h3>
        <div class="actions">
          <button type="button" class="quiet" onClick={save}>
            <Icon name="download" /> Download
          </button>
        </div>
      </div>
      {readable ? (
        <Answer of={content}>{(text) => <pre tabIndex={0} aria-label={file.path}>{text}</pre>}</Answer>
      ) : (
        <p class="meta">Not text, or too long to show here.</p>
      )}
    </div>
  );
}
