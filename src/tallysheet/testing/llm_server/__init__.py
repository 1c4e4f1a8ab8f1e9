"""A language-model server on this machine, in three dialects, that behaves as told.

It speaks OpenAI's chat completions, Anthropic's messages and Bedrock's Converse. For tests,
each reply can be scripted::

    async with llm_server(["{}", Said(status=429, headers={"Retry-After": "3"})]) as server:
        model = OpenAI("any", api_key="any", base_url=server.url, clock=clock)

For rehearsals, it has a provider's pace, quota and mishaps, and a model that really reads::

    python -m tallysheet.testing.llm_server --latency 2 --rpm 500 --mishap 503=0.01

What stands where::

    ../_provider  quota, pace and mishaps, without a clock
    _dialects     requests read, replies written
    _reader       a model that answers out of the document
    _desk         where a request becomes a reply
    _jobs         the batch modes of OpenAI and Anthropic
    _bedrock_jobs that of Bedrock, over files in a store
    _server       where they come in
    _log          what it saw
    __main__      the same as a process of its own
"""

from tallysheet.testing._provider import Behaviour, Mishap
from tallysheet.testing.llm_server._bedrock_jobs import BedrockJobs
from tallysheet.testing.llm_server._desk import Desk, LLMServer
from tallysheet.testing.llm_server._jobs import Jobs
from tallysheet.testing.llm_server._log import Visit, impatient, most_in_a_window
from tallysheet.testing.llm_server._reader import Reader
from tallysheet.testing.llm_server._said import CHARACTERS_PER_TOKEN, Asked, Said, Script
from tallysheet.testing.llm_server._server import llm_server

__all__ = [
    "CHARACTERS_PER_TOKEN",
    "Asked",
    "BedrockJobs",
    "Behaviour",
    "Desk",
    "Jobs",
    "LLMServer",
    "Mishap",
    "Reader",
    "Said",
    "Script",
    "Visit",
    "impatient",
    "llm_server",
    "most_in_a_window",
]
