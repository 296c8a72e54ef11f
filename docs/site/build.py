"""Makes the pages that the program serves at /docs: the reference (Swagger UI over openapi.yaml) and the guides.

    build.py DIRECTORY    writes everything into DIRECTORY, unless what is there is made of the same files

Nothing in the pages comes from another host, and no script or style is inline: they work under a strict Content-Security-Policy.
"""

import gzip
import hashlib
import html
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

SITE = Path(__file__).resolve().parent
ROOT = SITE.parent.parent
GUIDES = ROOT / "docs" / "guides"
# In the order of the page's head: the page's name, and what it is made of.
PAGES = {
    name: GUIDES / f"{name}.md"
    for name in ("authentication", "errors", "problem-codes", "paging", "idempotency", "events", "realtime", "webhooks", "outside-bots")
}
PAGES["typescript"] = ROOT / "clients" / "typescript" / "README.md"
COMPRESSED = (".js", ".css", ".html", ".json", ".yaml", ".svg")


def swagger_ui():
    """Where the package has Swagger UI; found without importing it, which would ask for Django."""
    spec = importlib.util.find_spec("drf_spectacular_sidecar")
    return Path(spec.origin).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"


def inputs():
    own = [path for path in sorted(SITE.iterdir()) if path.is_file()]
    return own + list(PAGES.values()) + [ROOT / "openapi.yaml"]


def fingerprint():
    digest = hashlib.sha256()
    for path in inputs():
        data = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def title_of(markdown):
    return re.match(r"# (.+)", markdown).group(1)


def navigation(current):
    links = [("", "Reference")] + [(name, title_of(path.read_text(encoding="utf-8"))) for name, path in PAGES.items()]
    mark = ' aria-current="page"'
    return "".join(
        f'<a href="/docs{"/" + name if name else ""}"{mark if name == current else ""}>{html.escape(title)}</a>' for name, title in links
    )


def page(name, kind, title, content, styles=(), scripts=()):
    parts = {
        "kind": kind,
        "title": html.escape(title),
        "navigation": navigation(name),
        "content": content,
        "styles": "\n".join(f'<link rel="stylesheet" href="/docs/{style}">' for style in (*styles, "docs.css")),
        "scripts": "\n".join(f'<script src="/docs/{script}"></script>' for script in scripts),
    }
    template = (SITE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match.group(1)], template)


def render(markdown, directory):
    """Markdown to HTML: headings that can be linked to, tables that scroll by themselves, guides that link to each other."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    tokens = reader.parse(markdown)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(tokens[index + 1].content))
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("href", address(child.attrGet("href"), directory))
    return reader.renderer.render(tokens, reader.options, {})


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def address(link, directory):
    """What a link between files of the repository is here: `errors.md#what-to-repeat` is a page."""
    target, _, fragment = link.partition("#")
    if not target or re.match(r"[a-z]+:", target):
        return link
    file = (directory / target).resolve()
    names = {path: f"/docs/{name}" for name, path in PAGES.items()} | {ROOT / "openapi.yaml": "/docs"}
    if file not in names:
        sys.exit(f"build.py: {directory.relative_to(ROOT)} links to {link}, which is no page")
    return names[file] + (f"#{fragment}" if fragment else "")


def description():
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))


def write_all(directory):
    forgotten = set(GUIDES.glob("*.md")) - set(PAGES.values())
    if forgotten:
        sys.exit(f"build.py: PAGES lacks {', '.join(sorted(path.name for path in forgotten))}")
    for name, path in PAGES.items():
        markdown = path.read_text(encoding="utf-8")
        content = render(markdown, path.parent)
        (directory / f"{name}.html").write_text(page(name, "guide", title_of(markdown), content), encoding="utf-8")
    reference = (SITE / "reference.html").read_text(encoding="utf-8")
    (directory / "index.html").write_text(
        page("", "reference", "Reference", reference, ["swagger-ui.css"], ["swagger-ui-bundle.js", "docs.js"]), encoding="utf-8"
    )
    for name in ("docs.css", "docs.js", "icon.svg"):
        shutil.copy(SITE / name, directory / name)
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        # Its source maps are not served.
        text = (swagger_ui() / name).read_text(encoding="utf-8")
        (directory / name).write_text(re.sub(r"\n?(//|/\*)# sourceMappingURL=.*", "", text), encoding="utf-8")
    shutil.copy(swagger_ui() / "LICENSE", directory / "swagger-ui-LICENSE.txt")
    shutil.copy(ROOT / "openapi.yaml", directory / "openapi.yaml")
    (directory / "openapi.json").write_text(json.dumps(description(), ensure_ascii=False, separators=(",", ":"), default=str), encoding="utf-8")
    for path in list(directory.iterdir()):
        if path.suffix in COMPRESSED:
            (directory / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def build(directory):
    wanted, stamp = fingerprint(), directory / "made-of"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    # A program that reads the folder meanwhile sees the old pages or the new ones.
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".docs-") as scratch:
        fresh, old = Path(scratch) / "fresh", Path(scratch) / "old"
        fresh.mkdir()
        write_all(fresh)
        (fresh / stamp.name).write_text(wanted)
        if directory.exists():
            os.rename(directory, old)
        os.rename(fresh, directory)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build(Path(sys.argv[1]).resolve())
