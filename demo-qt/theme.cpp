#include "theme.h"

#include "style.h"

#include <QtWidgets/QApplication>
#include <bight/irc_text.h>

namespace chat
{
namespace
{

// The nicks' colours have a contrast of at least 4.5 to the base (WCAG 2.1, 1.4.3); a test checks
// this.
Theme makeLight()
{
    Theme theme;

    theme.window = QColor("#f6f7f9");
    theme.base = QColor("#ffffff");
    theme.sidebar = QColor("#eceff3");
    theme.field = QColor("#ffffff");
    theme.text = QColor("#1c2330");
    theme.muted = QColor("#5d6778");
    theme.rule = QColor("#d9dee6");
    theme.accent = QColor("#2563c9");
    theme.onAccent = QColor("#ffffff");
    theme.good = QColor("#1f8a4c");
    theme.warning = QColor("#a15c00");
    theme.error = QColor("#c0303a");
    theme.mention = QColor("#fff3d6");
    theme.nicks = {QColor("#b3261e"), QColor("#1d5fbf"), QColor("#1a7a3c"), QColor("#8a3ab9"),
                   QColor("#a34a00"), QColor("#0b7285"), QColor("#b0246f"), QColor("#4f46c8"),
                   QColor("#5b7311"), QColor("#7a4b2a"), QColor("#00695c"), QColor("#6a4f9c")};
    return theme;
}

Theme makeDark()
{
    Theme theme;

    theme.window = QColor("#22262d");
    theme.base = QColor("#1b1e24");
    theme.sidebar = QColor("#202329");
    theme.field = QColor("#272c34");
    theme.text = QColor("#e3e7ee");
    theme.muted = QColor("#98a2b3");
    theme.rule = QColor("#343a45");
    theme.accent = QColor("#4a86e8");
    theme.onAccent = QColor("#ffffff");
    theme.good = QColor("#4fc27f");
    theme.warning = QColor("#e5a84b");
    theme.error = QColor("#ff7b80");
    theme.mention = QColor("#3a331f");
    theme.nicks = {QColor("#ff8a80"), QColor("#7ab8ff"), QColor("#7ddc97"), QColor("#d59cf5"),
                   QColor("#ffb26b"), QColor("#5fd3e4"), QColor("#ff8fc7"), QColor("#a5a0ff"),
                   QColor("#c3d86a"), QColor("#dcb28f"), QColor("#5ed6c1"), QColor("#c4aef0")};
    return theme;
}

bool isDark(const QPalette &palette)
{
    return palette.color(QPalette::Active, QPalette::Window).lightness() < 128;
}

QPalette paletteOf(const Theme &theme)
{
    const QColor button = isDark(QPalette(theme.window)) ? theme.field : QColor("#ffffff");
    QPalette palette(button, theme.window);
    const QColor faded = mixed(theme.muted, theme.window, 0.7);

    for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(role, theme.text);
        palette.setColor(QPalette::Disabled, role, faded);
    }
    palette.setColor(QPalette::Base, theme.field);
    palette.setColor(QPalette::AlternateBase, theme.sidebar);
    palette.setColor(QPalette::ToolTipBase, theme.field);
    palette.setColor(QPalette::ToolTipText, theme.text);
    palette.setColor(QPalette::PlaceholderText, theme.muted);
    palette.setColor(QPalette::Highlight, theme.accent);
    palette.setColor(QPalette::HighlightedText, theme.onAccent);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, theme.rule);
    palette.setColor(QPalette::Link, theme.accent);
    palette.setColor(QPalette::LinkVisited, theme.accent);
    palette.setColor(QPalette::BrightText, theme.error);
    return palette;
}

} // namespace

QColor Theme::nick(const QString &nick) const
{
    return nicks[bight_irc_nick_colour(nick.toUtf8().constData(),
                                       static_cast<unsigned>(nicks.size()))];
}

const Theme &lightTheme()
{
    static const Theme theme = makeLight();
    return theme;
}

const Theme &darkTheme()
{
    static const Theme theme = makeDark();
    return theme;
}

const Theme &themeOf(const QPalette &palette)
{
    return isDark(palette) ? darkTheme() : lightTheme();
}

void setAppearance(Appearance appearance)
{
    static const bool desktopIsDark = isDark(QApplication::palette());
    const bool dark =
        appearance == Appearance::Desktop ? desktopIsDark : appearance == Appearance::Dark;

    if (qobject_cast<Style *>(QApplication::style()) == nullptr)
        QApplication::setStyle(new Style);
    QApplication::setPalette(paletteOf(dark ? darkTheme() : lightTheme()));
}

QColor mixed(const QColor &first, const QColor &second, qreal share)
{
    auto mix = [share](int a, int b) { return qRound(a * share + b * (1 - share)); };

    return QColor(mix(first.red(), second.red()), mix(first.green(), second.green()),
                  mix(first.blue(), second.blue()));
}

QFont readingFont(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 1.1);
    return font;
}

QPalette withBackground(QPalette palette, const QColor &background)
{
    palette.setColor(QPalette::Window, background);
    palette.setColor(QPalette::Base, background);
    return palette;
}

} // namespace chat
