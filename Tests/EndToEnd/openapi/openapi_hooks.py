"""What OpenAPI cannot say of parameters: that `fields` and `expand` exclude each other."""

import schemathesis


@schemathesis.hook
def before_call(context, case, **kwargs):
    if case.query and "fields" in case.query and "expand" in case.query:
        del case.query["expand"]
