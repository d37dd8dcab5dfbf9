"""What a flow took: the tokens that its models report, as LangChain counts them, and which model it was.

A stream has a `usageMetadata` event for each answer of a model, and the nodes of the flow in
`agentFlowExecutedData`; an answer that isn't streamed has the nodes alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kinkster_worker.providers import counts
from kinkster_worker.providers.stream import fields_of, name_of


def usage_of(said: Iterable[object]) -> dict[str, int]:
    """The sum of these `usageMetadata`; nothing when one of them does not count what went in and came out."""
    total: dict[str, int] = {}
    for each in map(fields_of, said):
        sent, got = fields_of(each.get("input_token_details")), fields_of(each.get("output_token_details"))
        found = counts(
            input_tokens=each.get("input_tokens"),
            cached_tokens=sent.get("cache_read"),
            cache_write_tokens=sent.get("cache_creation"),
            output_tokens=each.get("output_tokens"),
            reasoning_tokens=got.get("reasoning"),
        )
        if not {"input_tokens", "output_tokens"} <= found.keys():
            return {}
        for name, count in found.items():
            total[name] = total.get(name, 0) + count
    return total


def answers_in(nodes: object) -> list[dict[str, Any]]:
    """What the models said of themselves in the nodes of `agentFlowExecutedData`: a node each."""
    return [found for found in _answers(nodes) if "usageMetadata" in found]


def _answers(nodes: object) -> Iterator[dict[str, Any]]:
    for node in nodes if isinstance(nodes, list) else []:
        data = fields_of(fields_of(node).get("data"))
        configured = fields_of(fields_of(data.get("input")).get("llmModelConfig")).get("modelName")
        yield {"configured": configured, **fields_of(data.get("output"))}


def model_of(answers: Iterable[Mapping[str, Any]]) -> str | None:
    """The model that gave all these answers; None when there were several, or one is not known."""
    names = {
        name_of(fields_of(answer.get("responseMetadata")).get("model_name")) or name_of(answer["configured"])
        for answer in answers
    }
    return names.pop() if len(names) == 1 else None
