"""The cache between loaders and backends: what may be kept, for how long, and what makes it worthless.

`read` is what loaders use; `kinds` is the one table of lifetimes and tags; `keys` names entries; `protocol` is what a
store must do, `memory` and `redis` are stores. All of it sits below authorisation: whoever asks here has been decided
about, and the reach of their grant is part of the key.
"""
