// Registered models: versions with their aliases, where each came from, what it reads and gives.
import type { JSX } from "preact";
import { modelVersions, registeredModel, registeredModels } from "../api/mlflow";
import type { ModelVersion, RegisteredModel } from "../api/mlflow";
import { useQuery } from "../api/query";
import { endpoints } from "../api/serving";
import { modelSignature, overview } from "../api/ui";
import { CodeChoice, Empty } from "../components/code";
import { Answer, Facts, Head, Section } from "../components/layout";
import { endpointSamples, modelSamples } from "../components/samples";
import { SignatureTable } from "../components/signature";
import { Status } from "../components/status";
import { ago, plural, timestamp, zone } from "../format";
import { path } from "../url";

export function Models({ model, version }: { model?: string; version?: string }): JSX.Element {
  const all = useQuery({ key: ["models"], ask: registeredModels, every: 10_000 });
  const { data: server } = useQuery({ key: ["overview"], ask: overview });
  return (
    <Answer of={all}>
      {(found) =>
        found.length === 0 ? (
          <>
            <Head title="Models" />
            <Empty title="No models yet" samples={modelSamples(server?.spark_url)}>
              A fitted pipeline becomes a version of a registered model by saving it to a <code>models:/</code> address.
            </Empty>
          </>
        ) : model ? (
          <ModelView name={model} version={version} />
        ) : (
          <AllModels models={found} />
        )
      }
    </Answer>
  );
}

function AllModels({ models }: { models: RegisteredModel[] }): JSX.Element {
  return (
    <>
      <Head title="Models" meta={plural(models.length, "model")} />
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="number">Latest</th>
            <th scope="col">Aliases</th>
            <th scope="col" class="number">Changed</th>
          </tr>
        </thead>
        <tbody>
          {models.map(({ name, latest_versions, aliases, last_updated_timestamp }) => (
            <tr key={name}>
              <td class="name">
                <a data-open href={path`/models/${name}`}>
                  {name}
                </a>
              </td>
              <td class="number">{Math.max(0, ...(latest_versions ?? []).map(({ version }) => Number(version))) || "–"}</td>
              <td>
                {(aliases ?? []).map(({ alias, version }) => (
                  <span key={alias} class="alias">
                    @{alias} <span class="muted">v{version}</span>
                  </span>
                ))}
              </td>
              <td class="number muted" title={timestamp(last_updated_timestamp)}>
                {ago(last_updated_timestamp, Date.now())}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function ModelView({ name, version }: { name: string; version: string | undefined }): JSX.Element {
  const versions = useQuery({ key: ["versions", name], ask: (signal) => modelVersions(name, signal), every: 10_000 });
  const model = useQuery({ key: ["model", name], ask: (signal) => registeredModel(name, signal) });
  const served = useQuery({ key: ["endpoints"], ask: endpoints });
  const aliasesOf = (given: ModelVersion) =>
    (model.data?.aliases ?? []).filter((alias) => alias.version === given.version).map(({ alias }) => alias);
  const endpointsOf = (given: ModelVersion) =>
    (served.data ?? []).filter(({ config }) =>
      config?.served_entities?.some((entity) => entity.entity_name === name && entity.entity_version === given.version),
    );
  return (
    <>
      <Head title={name} above={[["Models", "/models"]]} meta={model.data?.description} />
      <Answer of={versions}>
        {(found) => {
          const shown = found.find((one) => one.version === version) ?? found[0];
          if (!shown) return <Empty title="No versions yet" />;
          return (
            <>
              <table class="list">
                <thead>
                  <tr>
                    <th scope="col">Version</th>
                    <th scope="col">State</th>
                    <th scope="col">Aliases</th>
                    <th scope="col">Endpoints</th>
                    <th scope="col">From run</th>
                    <th scope="col" class="number">Made</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((one) => (
                    <tr key={one.version} class={one === shown ? "marked" : undefined}>
                      <td class="name">
                        <a data-open href={path`/models/${name}/${one.version}`} aria-current={one === shown ? "true" : undefined}>
                          Version {one.version}
                        </a>
                      </td>
                      <td>
                        <VersionState of={one} />
                      </td>
                      <td>
                        {aliasesOf(one).map((alias) => (
                          <span key={alias} class="alias">
                            @{alias}
                          </span>
                        ))}
                      </td>
                      <td>
                        {endpointsOf(one).map((endpoint) => (
                          <a key={endpoint.name} class="also" href={path`/endpoints/${endpoint.name}`}>
                            {endpoint.name}
                          </a>
                        ))}
                      </td>
                      <td>{one.run_id ? <a href={path`/runs/${one.run_id}`}>{one.run_id.slice(0, 8)}</a> : <span class="muted">–</span>}</td>
                      <td class="number muted" title={timestamp(one.creation_timestamp)}>
                        {ago(one.creation_timestamp, Date.now())}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <VersionView key={shown.version} of={shown} />
            </>
          );
        }}
      </Answer>
    </>
  );
}

function VersionState({ of }: { of: ModelVersion }): JSX.Element {
  if (of.status === "PENDING_REGISTRATION") return <Status state="running" word="being written" />;
  return of.status === "FAILED_REGISTRATION" ? <Status state="failed" /> : <Status state="done" word="ready" />;
}

function VersionView({ of }: { of: ModelVersion }): JSX.Element {
  const signature = useQuery({
    key: ["signature", of.name, of.version],
    ask: (signal) => modelSignature(of.name, of.version, signal),
  });
  return (
    <Section title={`Version ${of.version}`} meta={of.description}>
      <Facts
        facts={[
          [`Made (${zone()})`, timestamp(of.creation_timestamp)],
          ["Address", <code>{`models:/${of.name}/${of.version}`}</code>],
          ["Source", <code>{of.source || "–"}</code>],
        ]}
      />
      <Answer of={signature}>{(data) => <SignatureTable of={data} />}</Answer>
      <Section title="Deploy it">
        <CodeChoice samples={endpointSamples(of.name, of.version)} />
      </Section>
    </Section>
  );
}
