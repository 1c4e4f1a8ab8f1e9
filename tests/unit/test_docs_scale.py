"""Recipes of docs/scale.md have the shapes that those who are to obey them ask for."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

PAGE = (Path(__file__).parent.parent.parent / "docs" / "scale.md").read_text(encoding="utf-8")
WORD = re.compile(r"--[a-z-]+")


def section(title: str) -> str:
    """What stands under a heading, up to the next of its level."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(title: str, kind: str) -> list[str]:
    """The blocks of one kind in a section."""
    return re.findall(rf"```{kind}\n(.*?)```", section(title), re.DOTALL)


def complaints(service: str, operation: str, params: Any) -> str:
    """What AWS's own description of a service finds wrong with a request."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"))
    shape = model.operation_model(operation).input_shape
    return ParamValidator().validate(params, shape).generate_report()


@pytest.mark.parametrize(
    ("title", "service", "operation"),
    [
        ("AWS Batch", "batch", "RegisterJobDefinition"),
        ("ECS", "ecs", "RegisterTaskDefinition"),
    ],
)
def test_what_is_registered_is_what_aws_describes(title: str, service: str, operation: str) -> None:
    """Every field is known, has the right type, and none that is required is missing."""
    (block,) = blocks(title, "json")

    assert not complaints(service, operation, json.loads(block))


def test_that_test_can_fail() -> None:
    """A field that AWS does not know is a complaint."""
    assert "retries" in complaints("batch", "RegisterJobDefinition", {"retries": 3})


def test_the_state_machine_starts_tasks_as_ecs_describes_it() -> None:
    """Its parameters are those of RunTask, with the capital letters of Step Functions."""
    (block,) = blocks("Step Functions", "json")
    machine = json.loads(block)
    read = machine["States"][machine["StartAt"]]
    worker = read["ItemProcessor"]["States"][read["ItemProcessor"]["StartAt"]]

    def small(value: Any) -> Any:
        if isinstance(value, dict):
            return {name[0].lower() + name[1:]: small(v) for name, v in value.items()}
        return value

    assert worker["Resource"] == "arn:aws:states:::ecs:runTask.sync"
    assert not complaints("ecs", "RunTask", small(worker["Parameters"]))


def test_commands_of_aws_have_the_options_that_it_describes() -> None:
    """Each option is a field of the request, in the spelling of the command line."""
    commands = re.findall(r"aws (batch|ecs|stepfunctions) ([a-z-]+) ((?:.*\\\n)*.*)", PAGE)
    loader = Loader()

    assert len(commands) == 5
    for service, verb, rest in commands:
        model = ServiceModel(loader.load_service_model(service, "service-2"))
        operation = "".join(part.capitalize() for part in verb.split("-"))
        fields = model.operation_model(operation).input_shape.members
        known = {"--" + re.sub("([A-Z])", r"-\1", name).lower() for name in fields}
        assert set(WORD.findall(rest)) <= known | {"--cli-input-json"}


def test_the_cluster_of_kubernetes_is_one_and_runs_our_command() -> None:
    """The same image, account and key on all pods, and the Ray that constraints.txt pins."""
    (block,) = blocks("Kubernetes: KubeRay on EKS", "yaml")
    account, job = yaml.safe_load_all(block)
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    pods = [group["template"]["spec"] for group in groups]
    constraints = (Path(__file__).parent.parent.parent / "constraints.txt").read_text("utf-8")

    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    assert job["spec"]["entrypoint"].startswith("tallysheet run s3://")
    assert {pod["serviceAccountName"] for pod in pods} == {account["metadata"]["name"]}
    assert len({pod["containers"][0]["image"] for pod in pods}) == 1
    assert f"ray=={cluster['rayVersion']}\n" in constraints
    assert f"rayproject/ray:{cluster['rayVersion']}-" in section("Kubernetes: KubeRay on EKS")
    (trust,) = map(json.loads, blocks("Kubernetes: KubeRay on EKS", "json"))
    assert trust["Statement"][0]["Principal"]["Federated"].endswith("/id/EXAMPLE")


def test_every_exit_code_has_a_row() -> None:
    """Whoever retries knows of each what to do."""
    from tallysheet.cli import ExitCode

    told = re.findall(r"^\| ([\d, ]+) \|", section("The container"), re.MULTILINE)
    codes = {int(code) for row in told for code in row.split(",")}

    assert codes == {*(set(ExitCode) - {4, 130}), 137}
