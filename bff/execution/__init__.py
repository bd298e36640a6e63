"""A compiled, breadth-first executor for graphql-core schemas; knows nothing of the BFF.

`Engine` plans a valid document once for each audience; `Plan.run` answers it. Each selection set becomes a generated
function that makes all rows of a level at once, and a field that costs a call is asked once per level. Parsing,
validation, telling errors and encoding are the caller's, and so is graphql-core for what is `Unsupported`.
"""

from bff.execution.ceiling import BoundedExecutor, Ceiling
from bff.execution.description import Attribute, Batch, Decide, Denial, Describe, Native, Unsupported
from bff.execution.engine import Engine
from bff.execution.plan import Denied, Plan, Result

__all__ = [
    "Attribute",
    "Batch",
    "BoundedExecutor",
    "Ceiling",
    "Decide",
    "Denial",
    "Denied",
    "Describe",
    "Engine",
    "Native",
    "Plan",
    "Result",
    "Unsupported",
]
