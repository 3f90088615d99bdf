"""Says how podman runs a pod of a manifest as a kubelet would: part of containers.sh.

    k8s-as-podman.py pod MANIFEST FOLDER [ORDINAL]    arguments of 'podman run', a line each; IMAGE stands for the
                                                      image, and the pod's emptyDirs are made in the folder
    k8s-as-podman.py probes MANIFEST                  name, port and path of each probe, a line each
    k8s-as-podman.py replicas MANIFEST                how many pods there are to be

User, arguments, volumes, limits and rights are the manifest's. What it has that is not handled here is an
error, so that nothing is left untried in silence.
"""
import os
import sys

import yaml

HANDLED = {
    "pod": {"automountServiceAccountToken", "terminationGracePeriodSeconds", "securityContext", "containers", "volumes",
            "topologySpreadConstraints", "restartPolicy"},
    "pod's securityContext": {"runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "seccompProfile"},
    "container": {"name", "image", "args", "ports", "resources", "livenessProbe", "readinessProbe",
                  "startupProbe", "securityContext", "volumeMounts"},
    "container's securityContext": {"allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities"},
}


def handled(what, fields):
    unknown = set(fields) - HANDLED[what]
    if unknown:
        sys.exit(f"{what}: {', '.join(sorted(unknown))} is not handled; add it to k8s-as-podman.py")
    return fields


def empty_dir(path, group):
    """What an emptyDir is to the processes of a pod: root's, of the pod's group, writable for all."""
    os.makedirs(path)
    if os.geteuid() == 0:
        os.chown(path, 0, group)
    os.chmod(path, 0o2777)


def quantity(text):
    """A Kubernetes quantity as a number, in podman's units for processors and bytes."""
    units = {"m": 1e-3, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
    unit = next((u for u in units if text.endswith(u)), "")
    return float(text[: len(text) - len(unit)]) * units.get(unit, 1)


def pod(manifest, folder, ordinal):
    spec = handled("pod", manifest["spec"]["template"]["spec"])
    (container,) = spec["containers"]
    handled("container", container)
    rights = handled("container's securityContext", container["securityContext"])
    user = handled("pod's securityContext", spec["securityContext"])
    name = manifest["metadata"]["name"] + (f"-{ordinal}" if ordinal is not None else "")
    run = ["--name", f"clustergd-trial-{name}", "--hostname", name]
    run += ["--user", f"{user['runAsUser']}:{user['runAsGroup']}"]
    if user["runAsNonRoot"] and user["runAsUser"] == 0:
        sys.exit("runAsNonRoot with the user 0: a kubelet refuses that")
    service = manifest["spec"].get("serviceName")
    if service:
        run += ["--network-alias", service, "--network-alias", f"{name}.{service}"]
    if rights["readOnlyRootFilesystem"]:
        run += ["--read-only", "--read-only-tmpfs=false"]
    if not rights["allowPrivilegeEscalation"]:
        run += ["--security-opt", "no-new-privileges"]
    run += [f"--cap-drop={capability}" for capability in rights["capabilities"]["drop"]]
    limits = container["resources"]["limits"]
    run += ["--cpus", f"{quantity(limits['cpu']):g}", "--memory", f"{quantity(limits['memory']):.0f}b"]
    run += ["--stop-timeout", str(spec.get("terminationGracePeriodSeconds", 30))]
    # A job's limit counts its pods; a kubelet restarts a container of the others for ever.
    run += ["--restart", f"on-failure:{manifest['spec']['backoffLimit']}" if manifest["kind"] == "Job" else "always"]
    for volume in spec["volumes"]:
        if "emptyDir" not in volume:
            sys.exit(f"volume {volume['name']}: only an emptyDir is handled")
    for mount in container["volumeMounts"]:
        path = os.path.join(folder, name, mount["name"])
        empty_dir(path, user["fsGroup"])
        run += ["-v", f"{path}:{mount['mountPath']}:Z"]
    return [*run, "IMAGE", *container["args"]]


def probes(manifest):
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        ask = container[kind]["httpGet"]
        yield f"{kind} {ports[ask['port']]} {ask['path']}"


verb, path, *rest = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    document = yaml.safe_load(file)
if verb == "pod":
    print("\n".join(pod(document, rest[0], rest[1] if len(rest) > 1 else None)))
elif verb == "probes":
    print("\n".join(probes(document)))
else:
    print(document["spec"]["replicas"])
