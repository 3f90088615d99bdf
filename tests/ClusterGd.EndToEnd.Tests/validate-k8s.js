// Reads the manifests of a folder; part of validate-k8s.sh. Validates each by its schema, checks that names which refer
// to others exist, and writes one TypeScript file a manifest, for the compiler to find fields that do not exist.
const fs = require("fs"), path = require("path"), yaml = require("yaml");
const folder = process.argv[2];
const problems = [], documents = [];

function contains(labels, selector) {
  return selector && Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

const kustomization = yaml.parse(fs.readFileSync(path.join(folder, "kustomization.yaml"), "utf8"));
const files = fs.readdirSync(folder).filter((name) => name !== "kustomization.yaml").sort();
if (String(files) !== String([...kustomization.resources].sort())) {
  problems.push(`kustomization.yaml: its resources are ${kustomization.resources}, the folder has ${files}`);
}

for (const name of files) {
  const document = yaml.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  documents.push(document);
  const module = `kubernetes-models/${document.apiVersion}`;
  try {
    new (require(module)[document.kind])(document).validate();
  } catch (problem) {
    problems.push(`${name}: ${problem.message}`);
  }
  fs.writeFileSync(`${path.basename(name, ".yaml")}.ts`,
    `import type { I${document.kind} } from "${module}";\n` +
    `export const manifest: I${document.kind} = ${JSON.stringify(document, null, 2)};\n`);
}

const templates = documents.map((document) => document.spec.template).filter((template) => template);
for (const { kind, metadata, spec } of documents) {
  const where = `${kind} ${metadata.name}`;
  const selector = spec.selector?.matchLabels ?? spec.selector;
  if (selector) {
    const own = spec.template ? [spec.template] : templates;
    const isAnyOurs = own.some((template) => contains(template.metadata.labels, selector));
    if (!isAnyOurs) problems.push(`${where}: selects no pod`);
  }
  if (kind === "StatefulSet" && !documents.some((d) => d.kind === "Service" && d.metadata.name === spec.serviceName)) {
    problems.push(`${where}: there is no service ${spec.serviceName}`);
  }
  if (kind === "Job" && !["Never", "OnFailure"].includes(spec.template.spec.restartPolicy)) {
    problems.push(`${where}: a job's restartPolicy is Never or OnFailure`);
  }
  for (const container of spec.template?.spec.containers ?? []) {
    const volumes = spec.template.spec.volumes.map((volume) => volume.name);
    for (const mount of container.volumeMounts) {
      if (!volumes.includes(mount.name)) problems.push(`${where}: there is no volume ${mount.name}`);
    }
    for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
      const port = container[probe]?.httpGet.port;
      if (port && !container.ports.some((p) => p.name === port)) problems.push(`${where}: ${probe}: no port ${port}`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(`${documents.length} manifests read, ${problems.length} problems`);
process.exit(problems.length === 0 && documents.length > 0 ? 0 : 1);
