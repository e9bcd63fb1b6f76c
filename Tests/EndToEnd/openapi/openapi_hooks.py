"""What OpenAPI cannot say of parameters: that `fields` and `expand` exclude each other."""

import schemathesis
from schemathesis import GenerationMode


@schemathesis.hook
def before_call(context, case, **kwargs):
    is_valid = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if is_valid and case.query and "fields" in case.query and "expand" in case.query:
        del case.query["expand"]
