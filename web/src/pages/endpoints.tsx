// Endpoints: their state and what they serve, a form to try one, and the same call as code.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { registeredModels } from "../api/mlflow";
import { useQuery } from "../api/query";
import { endpoint as getEndpoint, endpoints, health, invocationsPath, invoke, traffic } from "../api/serving";
import type { Endpoint, Prediction } from "../api/serving";
import { endpointDetail } from "../api/ui";
import type { Latency, Signature } from "../api/ui";
import { CodeChoice, Empty } from "../components/code";
import { ErrorCard } from "../components/error-card";
import { kindOf } from "../components/grid-model";
import { Answer, Facts, Head, Section } from "../components/layout";
import { endpointSamples, invocationSamples } from "../components/samples";
import { Status } from "../components/status";
import { ago, count, duration, plural, timestamp } from "../format";
import { asked, emptyFields, parseRow } from "../row-form";
import { path } from "../url";

export function Endpoints({ endpoint }: { endpoint?: string }): JSX.Element {
  return endpoint ? <EndpointView key={endpoint} name={endpoint} /> : <AllEndpoints />;
}

function AllEndpoints(): JSX.Element {
  const all = useQuery({ key: ["endpoints"], ask: endpoints, every: 5_000 });
  const models = useQuery({ key: ["models"], ask: registeredModels });
  return (
    <>
      <Head title="Endpoints" meta={all.data?.length ? plural(all.data.length, "endpoint") : null} />
      <Answer of={all}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No endpoints yet" samples={endpointSamples(models.data?.[0]?.name ?? "line", "1")}>
              A registered model becomes an HTTP endpoint with one statement or one call.
            </Empty>
          ) : (
            <EndpointTable of={found} />
          )
        }
      </Answer>
    </>
  );
}

function EndpointTable({ of }: { of: Endpoint[] }): JSX.Element {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Endpoint</th>
          <th scope="col">State</th>
          <th scope="col">Serves</th>
          <th scope="col">By</th>
          <th scope="col" class="number">Changed</th>
        </tr>
      </thead>
      <tbody>
        {of.map((endpoint) => {
          const state = health(endpoint);
          const changed = endpoint.last_updated_timestamp ?? endpoint.creation_timestamp;
          return (
            <tr key={endpoint.name}>
              <td class="name">
                <a data-open href={path`/endpoints/${endpoint.name}`}>
                  {endpoint.name}
                </a>
              </td>
              <td>
                <Status state={state.health} word={state.word} />
              </td>
              <td>
                {(endpoint.config?.served_entities ?? []).map(({ name, entity_name, entity_version }) => (
                  <span key={name} class="also">
                    {entity_name} <span class="muted">v{entity_version}</span>
                  </span>
                ))}
              </td>
              <td class="muted">{endpoint.creator ?? "–"}</td>
              <td class="number muted">{changed ? ago(changed, Date.now()) : "–"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function EndpointView({ name }: { name: string }): JSX.Element {
  const found = useQuery({ key: ["endpoint", name], ask: (signal) => getEndpoint(name, signal), every: 5_000 });
  const detail = useQuery({ key: ["endpoint detail", name], ask: (signal) => endpointDetail(name, signal), every: 2_000 });
  const state = found.data ? health(found.data) : null;
  return (
    <>
      <Head title={name} above={[["Endpoints", "/endpoints"]]} meta={state && <Status state={state.health} word={state.word} />} />
      <Answer of={found}>{(endpoint) => <Served of={endpoint} />}</Answer>
      <Answer of={detail}>
        {(data) => (
          <>
            <Answered of={data.latency} />
            <TryIt name={name} signature={data} />
          </>
        )}
      </Answer>
    </>
  );
}

function Served({ of }: { of: Endpoint }): JSX.Element {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Serves</th>
          <th scope="col">Version</th>
          <th scope="col">Traffic</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Since</th>
        </tr>
      </thead>
      <tbody>
        {(of.config?.served_entities ?? []).map((entity) => {
          const share = traffic(of, entity);
          return (
            <tr key={entity.name}>
              <td class="name">
                <a href={path`/models/${entity.entity_name}`}>{entity.entity_name}</a>
              </td>
              <td>
                <a href={path`/models/${entity.entity_name}/${entity.entity_version}`}>version {entity.entity_version}</a>
              </td>
              <td>
                <span class="load">
                  <svg width="96" height="8" aria-hidden="true">
                    <rect class="load-all" width="96" height="8" rx="2" />
                    <rect class="load-busy" width={0.96 * share} height="8" rx="2" />
                  </svg>
                  {share}%
                </span>
              </td>
              <td class="muted">{entity.state?.deployment_state_message || entity.state?.deployment?.toLowerCase().replace(/^deployment_/, "") || "–"}</td>
              <td class="number muted">{of.last_updated_timestamp ? timestamp(of.last_updated_timestamp) : "–"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Answered({ of }: { of: Latency }): JSX.Element | null {
  if (!of.requests && !of.errors) return null;
  return (
    <div class="answered">
      <Facts
        facts={[
          ["Requests answered", count(of.requests)],
          ["Rows", count(of.rows)],
          ["Failed", of.errors ? <Status state="failed" word={count(of.errors)} /> : "0"],
          ["Half within", duration(of.p50_ms)],
          ["99% within", duration(of.p99_ms)],
        ]}
      />
    </div>
  );
}

const KEPT_TIMES = 50;

function TryIt({ name, signature }: { name: string; signature: Signature }): JSX.Element {
  const [fields, setFields] = useState(() => emptyFields(signature));
  const [answer, setAnswer] = useState<Prediction | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [times, setTimes] = useState<number[]>([]);
  const [busy, setBusy] = useState(false);
  const parsed = useMemo(() => parseRow(signature, fields), [signature, fields]);
  const body = { dataframe_records: [parsed.row] };

  const predict = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const prediction = await invoke(name, body);
      setAnswer(prediction);
      setError(null);
      setTimes((before) => [...before, prediction.elapsedMs].slice(-KEPT_TIMES));
    } catch (failure) {
      setError(failure);
      setAnswer(null);
    }
    setBusy(false);
  };

  return (
    <div class="try">
      <Section title="Try it">
        <form class="row-form" onSubmit={predict}>
          {asked(signature.inputs).map(({ name: column, type }) => (
            <Field
              key={column}
              name={column}
              type={type}
              value={fields[column] ?? ""}
              wrong={parsed.wrong[column]}
              change={(value) => setFields({ ...fields, [column]: value })}
            />
          ))}
          <div class="row-form-foot">
            <button class="primary" disabled={busy || Object.keys(parsed.wrong).length > 0}>
              Predict
            </button>
            {times.length > 0 && <Timing times={times} />}
          </div>
        </form>
        <div aria-live="polite">
          {error !== null && <ErrorCard error={error} />}
          {answer && <Predicted of={answer} />}
        </div>
      </Section>
      <Section title="The same call">
        <CodeChoice samples={invocationSamples(invocationsPath(name), body)} />
      </Section>
    </div>
  );
}

interface FieldProps {
  name: string;
  type: string;
  value: string;
  wrong: string | undefined;
  change: (value: string) => void;
}

function Field({ name, type, value, wrong, change }: FieldProps): JSX.Element {
  const kind = kindOf(type);
  const shared = {
    id: `field-${name}`,
    value,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": wrong ? `wrong-${name}` : undefined,
  };
  return (
    <div class="field">
      <label for={shared.id}>
        {name} <span class="meta">{type}</span>
      </label>
      {kind === "boolean" ? (
        <select {...shared} onChange={(event) => change(event.currentTarget.value)}>
          <option value="">null</option>
          <option value="true" selected={value === "true"}>true</option>
          <option value="false" selected={value === "false"}>false</option>
        </select>
      ) : (
        <input
          {...shared}
          type="text"
          inputMode={kind === "number" ? "decimal" : "text"}
          placeholder="null"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
      {wrong && (
        <span class="wrong" id={`wrong-${name}`}>
          {wrong}
        </span>
      )}
    </div>
  );
}

/** Round trips as this browser saw them. */
function Timing({ times }: { times: number[] }): JSX.Element {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return (
    <span class="meta">
      round trip {duration(times.at(-1)!)}
      {times.length > 2 && ` · median of ${times.length}: ${duration(median)}`}
    </span>
  );
}

function Predicted({ of }: { of: Prediction }): JSX.Element {
  const first: unknown = Array.isArray(of.predictions) && of.predictions.length === 1 ? of.predictions[0] : of.predictions;
  const fields = typeof first === "object" && first !== null && !Array.isArray(first) ? Object.entries(first) : [["prediction", first] as const];
  return (
    <table class="list pairs predicted">
      <caption>Answer</caption>
      <tbody>
        {fields.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{typeof value === "string" ? value : JSON.stringify(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
