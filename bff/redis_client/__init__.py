"""The one place where a Redis URL becomes a client: of a single server, of a Cluster, of what Sentinels watch.

Each node is spoken to by the library's `Redis`, and for reads of many keys by `_reader`. Which node has a key is found
here and not by the library's `RedisCluster` and `Sentinel`, which look it up within the call that wants to know: with
50 ms for a call, that one either never learns of a failover, or fails calls to healthy nodes meanwhile (docs/redis.md
has the figures). Here it is looked up beside the calls: one waits for it only while nothing is known yet, and never
longer than its own time.

Nothing is tried twice but what a node itself sends elsewhere (MOVED, ASK). What a failure means is the caller's to say:
to the cache it is a miss, to the state a refusal (reliability-security.md, 'Data').
"""

from bff.redis_client._client import FAILURES, MOVING, Client
from bff.redis_client._node import Node, Opener, all_at
from bff.redis_client._url import check_url, parse

__all__ = ["FAILURES", "MOVING", "Client", "Node", "check_url", "open_client"]


def open_client(url: str, *, timeout_s: float, connections: int) -> Client:
    """Make the client of a URL; nothing is sent before its first call.

    Args:
        url: see `check_url`.
        timeout_s: for connecting, for reading, and for a call in all.
        connections: to one node, at most, beside one for `get_many`; a call that finds none free in time has failed.

    Raises:
        ValueError: see `check_url`.
        OSError: a file of certificates can't be read.
    """
    target = parse(url)
    opener = Opener(target, timeout_s=timeout_s, connections=connections)
    if target.kind == "cluster":
        return Client(opener.node, opener.reader, look=opener.ask_cluster, timeout_s=timeout_s)
    if target.kind == "sentinel":
        return Client(opener.node, opener.reader, look=opener.ask_sentinels, timeout_s=timeout_s)
    return Client(opener.node, opener.reader, owners=all_at(target.places[0]), timeout_s=timeout_s)
