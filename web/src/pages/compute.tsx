// Executors: where queries and training run, and what each is doing.
import type { JSX } from "preact";
import { useQuery } from "../api/query";
import { executors, overview } from "../api/ui";
import type { Executor } from "../api/ui";
import { Empty } from "../components/code";
import { Answer, Head } from "../components/layout";
import { Status } from "../components/status";
import type { State } from "../components/status";
import { bytes, count, duration, plural } from "../format";

export function Compute(): JSX.Element {
  const found = useQuery({ key: ["executors"], ask: executors, every: 2_000 });
  const cores = found.data?.reduce((sum, { cores }) => sum + cores, 0) ?? 0;
  return (
    <>
      <Head title="Compute" meta={found.data?.length ? `${plural(found.data.length, "executor")}, ${plural(cores, "core")}` : null} />
      <Answer of={found}>{(list) => (list.length ? <ExecutorTable of={list} /> : <InProcess />)}</Answer>
    </>
  );
}

function ExecutorTable({ of }: { of: Executor[] }): JSX.Element {
  const now = Date.now();
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Executor</th>
          <th scope="col">State</th>
          <th scope="col">Address</th>
          <th scope="col">Busy cores</th>
          <th scope="col" class="number">Tasks</th>
          <th scope="col" class="number">Memory</th>
          <th scope="col" class="number">Up</th>
        </tr>
      </thead>
      <tbody>
        {of.map((executor) => (
          <tr key={executor.id}>
            <td class="name">{executor.id}</td>
            <td>
              <Status {...executorState(executor.state)} />
            </td>
            <td class="muted">{executor.address}</td>
            <td>
              <Load busy={executor.running_tasks} cores={executor.cores} />
            </td>
            <td class="number">{count(executor.running_tasks)}</td>
            <td class="number">{executor.memory_bytes === null ? "–" : bytes(executor.memory_bytes)}</td>
            <td class="number muted">{duration(Math.max(0, now - executor.started_ms))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A bar of cores, filled where a task runs. */
function Load({ busy, cores }: { busy: number; cores: number }): JSX.Element {
  const share = cores ? Math.min(1, busy / cores) : 0;
  return (
    <span class="load">
      <svg width="96" height="8" aria-hidden="true">
        <rect class="load-all" width="96" height="8" rx="2" />
        <rect class="load-busy" width={96 * share} height="8" rx="2" />
      </svg>
      {Math.min(busy, cores)} of {cores}
    </span>
  );
}

function executorState(state: string): { state: State; word: string } {
  const word = state.toLowerCase();
  if (/^(active|alive|up|running|ready)$/.test(word)) return { state: "done", word };
  return /^(lost|dead|failed|fenced)$/.test(word) ? { state: "failed", word } : { state: "waiting", word };
}

function InProcess(): JSX.Element {
  const { data } = useQuery({ key: ["overview"], ask: overview });
  const samples = [{ label: "Shell", code: "brickyard up --executors 2" }];
  return (
    <Empty title="Everything runs in the server's own process" samples={samples}>
      {data ? `Brickyard ${data.version} uses all cores of its machine. ` : ""}
      Start it with executors, and queries and training are spread over them with no change of code.
    </Empty>
  );
}
