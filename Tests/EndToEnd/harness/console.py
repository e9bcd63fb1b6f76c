"""What tests of the console's screens have in common."""

from harness.deadline import eventually


def address(server, place):
    return f"{server.ready['http']}/#/{place}"


def set_value(page, selector, value):
    """Types a value into a field of a form as a whole."""
    page.script("""
        const field = document.querySelector(arguments[0]);
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, arguments[1]);
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.dispatchEvent(new Event('change', { bubbles: true }));
    """, selector, value)


async def contains(page, selector, text, seconds=10.0):
    await eventually(
        lambda: any(text in found for found in page.texts(selector)),
        lambda: f"{selector} holds {text!r}, but {page.texts(selector)[:20]}; {page.complaints()}", seconds,
    )


async def save(page, button):
    """The text that a button saves as a file."""
    page.script("""window.saved = null; const make = URL.createObjectURL;
        URL.createObjectURL = blob => { window.blob = blob; return make.call(URL, blob); };
        HTMLAnchorElement.prototype.click = function () { window.blob.text().then(text => { window.saved = text; }); };""")
    page.button(button).click()
    return await eventually(lambda: page.script("return window.saved"), f"{button} saves something")


def heap(page):
    """Bytes that a page's objects take, once what is not needed was collected."""
    page.command("HeapProfiler.collectGarbage")
    return page.script("return performance.memory.usedJSHeapSize")
