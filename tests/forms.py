"""Forms as a browser would send them."""

from html.parser import HTMLParser


class Controls(HTMLParser):
    """The values of a page's form: {name: [value, …]}, without buttons and with line ends as browsers send them."""

    def __init__(self, form_id):
        super().__init__()
        self.form_id, self.values = form_id, {}
        self.inside, self.select, self.textarea = False, None, None

    def add(self, name, value):
        if self.inside and name:
            self.values.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        elif tag == "input" and given.get("type") not in ("submit", "button"):
            if given.get("type") not in ("checkbox", "radio"):
                self.add(given.get("name"), given.get("value", ""))
            elif "checked" in given:
                self.add(given.get("name"), given.get("value", "on"))
        elif tag == "select":
            self.select, self.first = given.get("name"), True
        elif tag == "option" and self.select:
            if "selected" in given:
                self.values.pop(self.select, None)
            if "selected" in given or self.first:
                self.add(self.select, given.get("value", ""))
            self.first = False
        elif tag == "textarea":
            self.textarea = given.get("name"), []

    def handle_data(self, data):
        if self.textarea:
            self.textarea[1].append(data)

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            name, parts = self.textarea
            self.add(name, "".join(parts).removeprefix("\n").removeprefix("\r\n").replace("\n", "\r\n"))
            self.textarea = None


def form_data(response, form_id):
    """What the form `form_id` of a page holds, to be changed and posted."""
    controls = Controls(form_id)
    controls.feed(response.content.decode())
    assert controls.values, f"no form “{form_id}”"
    return {name: values if len(values) > 1 else values[0] for name, values in controls.values.items()}


def press(client, url, action):
    """Press a button above a form of the admin: what the browser sends of the form that the buttons belong to."""
    response = client.get(url)
    name = response.context["action_form"]["action"].html_name
    assert f'form="step_actions" name="{name}" value="{action}"' in response.content.decode(), f"no button “{action}”"
    return client.post(url, form_data(response, "step_actions") | {name: action})
