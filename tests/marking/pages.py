"""What stands on a page, as a browser would find it."""

from html.parser import HTMLParser

from press.test_html import VOID


class Page(HTMLParser):
    """Collects text by section and by card, and everything that could run or load something."""

    def __init__(self, text):
        super().__init__()
        self.open, self.sections, self.cards, self.links = [], {}, [], []
        self.tags, self.ids, self.text, self.details = set(), [], "", 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [
            v for k, v in attrs if k in ("href", "src", "action", "data", "srcset") or k[:2] == "on"
        ]
        if tag in VOID:
            return
        self.open.append((tag, values))
        if tag == "article":
            self.cards.append({"class": values["class"].split()[1], "text": "", "section": self.section})
        self.details += tag == "details"

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if any(tag == "style" for tag, _ in self.open):
            return
        self.text += data
        self.sections[self.section] = self.sections.get(self.section, "") + data
        if any(tag == "article" for tag, _ in self.open):
            self.cards[-1]["text"] += f" {data.strip()}" if data.strip() else ""

    @property
    def section(self):
        return next((v.get("id") for tag, v in reversed(self.open) if tag == "section"), None)

    def card(self, section, name):
        (found,) = [c for c in self.cards if c["section"] == section and name in c["text"]]
        return found
