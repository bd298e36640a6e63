"""Documents made to stop a server, and the CPU time of deciding each: `python -m tests.limits.bombs`."""

import sys
import time
from typing import Final

from bff.execution.limits import Limits
from bff.http.answer import Refused
from bff.http.documents import Asked, Documents
from bff.schema import SCHEMA

_LIMITS: Final = Limits()


def nested(count: int, name: str = "a") -> str:
    """Nest one field in itself."""
    return f"{{{name}" * count + "}" * count


def spread(count: int, times: int, on: str = "Query", leaf: str = "__typename") -> str:
    """Nest fragments: each spreads the next one several times."""
    inner = [f"fragment F{n} on {on}{{{f'...F{n + 1} ' * times}}}" for n in range(count)]
    return f"{''.join(inner)}fragment F{count} on {on}{{{leaf}}}"


BOMBS = {
    "a kilobyte of fragments": "{...F0}" + spread(23, 3),
    "fragments twice": "{...F0}" + spread(49, 2),
    "fragments many times": "{...F0}" + spread(20, 15),
    "fragments below fields": "{customer{...F0}}"
    + "".join(
        f"fragment F{n} on Customer{{lines{{nodes{{invoices{{nodes{{contract{{...G}}}}}}}}}} ...F{n + 1}}}"
        for n in range(30)
    )
    + "fragment F30 on Customer{id} fragment G on Contract{lines{nodes{number}} invoices{nodes{number}}}",
    "aliases": "{" + "".join(f"a{n}:__typename " for n in range(320)) + "}",
    "aliases in fragments": "{...F0}" + spread(30, 3, leaf="a:__typename"),
    "one alias": "{" + "a:__typename " * 320 + "}",
    "directives": "{__typename" + "@skip(if:true)" * 160 + "}",
    "directives nobody knows": "{__typename" + "@a" * 490 + "}",
    "directives on fragments": "{...F0}" + spread(30, 3).replace("on Query", "on Query@a"),
    "inline fragments, deep": "{" + "...{" * 199 + "__typename" + "}" * 200,
    "inline fragments, wide": "{customer{" + "...{id}" * 190 + "}}",
    "deep": nested(190, "customer"),
    "a fragment of itself": "{...A}fragment A on Query{...A ...A}",
    "each fragment of all": "{...F0}"
    + "".join(f"fragment F{n} on Query{{{' '.join(f'...F{m}' for m in range(18))}}}" for n in range(18)),
    "one field": "{" + "__typename " * 990 + "}",
    "one field with fields": "{" + "customer{id}" * 190 + "}",
    "one field, below": "{customer{" + "lines(first:1){totalCount}" * 80 + "}}",
    "one field, far below": "{customer{" + "lines{nodes{invoices{nodes{number}}}}" * 60 + "}}",
    "one field in fragments": "{customer{"
    + "".join(f"...F{n} " for n in range(40))
    + "}}"
    + "".join(f"fragment F{n} on Customer{{lines{{nodes{{id}}}} company{{name}}}}" for n in range(40)),
    "fields nobody knows": "{" + " ".join(f"f{n}" for n in range(990)) + "}",
    "operations": "".join(f"query Q{n}{{__typename}}" for n in range(190)),
    "ten operations of the same fragments": "".join(f"query Q{n}{{...F0}}" for n in range(10)) + spread(48, 4),
    "operations of one fragment": "".join(f"query Q{n}{{...F0}}" for n in range(90)) + spread(40, 2),
    "variables": "query(" + "".join(f"$v{n}:Int " for n in range(240)) + "){__typename}",
    "a long list": "{nodes(ids:[" + '"a" ' * 980 + "]){id}}",
    "a deep list": "{nodes(ids:" + "[" * 190 + "]" * 190 + "){id}}",
}


def decide(text: str) -> str:
    """Decide a document that was never seen, as the entry does; tell what came of it."""
    try:
        Documents(SCHEMA, limits=_LIMITS, introspection=True).operation(Asked(query=text))
    except Refused as refused:
        return str(refused.answer.errors[0]["message"])
    return "valid"


def took_ms(text: str) -> float:
    """Decide a document and give the least CPU time of five, in milliseconds: a busy machine tells the same."""

    def once() -> float:
        started = time.thread_time()
        decide(text)
        return (time.thread_time() - started) * 1_000

    return min(once() for _ in range(5))


if __name__ == "__main__":
    for name, text in BOMBS.items():
        sys.stdout.write(f"{took_ms(text):6.1f} ms  {len(text):5} B  {name:38} {decide(text).splitlines()[0][:70]}\n")
