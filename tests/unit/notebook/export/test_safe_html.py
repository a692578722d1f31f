"""What is left of HTML from a stranger."""

import pytest

from nbkeras.notebook.export.safe_html import safe

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)//",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        "<math><style><img src=x onerror=alert(1)></style></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<style>@import url(https://example.org)</style>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<img src=x onerror=alert(1)>",
        "<img src='https://example.org/seen.png'>",
        "<img src='data:text/html,<script>alert(1)</script>'>",
        "<template><b>alert(1)</b></template>",
    ],
)
def test_nothing_is_left_of_what_runs_or_loads(markup):
    left = safe(markup)
    assert "alert" not in left
    assert "example.org" not in left


def test_attributes_that_act_are_dropped_and_the_text_stays():
    markup = '<a href="javascript:alert(1)" onclick="x()">go</a><p style="x">a</p>'
    assert safe(markup) == "<a>go</a><p>a</p>"


def test_text_stays_text():
    assert safe("1 &lt;b&gt; 2 & 3") == "1 &lt;b&gt; 2 &amp; 3"
    assert safe("<td title='\"><script>'>x") == (
        '<td title="&quot;&gt;&lt;script&gt;">x</td>'
    )


def test_what_is_left_is_well_formed():
    assert safe("<b><i>x</b></i></div>") == "<b><i>x</i></b>"


def test_pictures_and_tables_stay():
    markup = (
        f'<figure data-nbk="0a"><img alt="a" src="{PIXEL}"></figure>'
        '<table><tr><td colspan="2">1</td></tr></table>'
        '<a href="https://example.org">x</a>'
    )
    assert safe(markup) == markup.replace('org">', 'org" rel="noopener noreferrer">')
