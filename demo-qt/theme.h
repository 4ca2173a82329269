// The colours of the window, light and dark.
//
// The palette has the toolkit's own colours. Colours without a palette role (nicks, unread marks,
// bars) are looked up here by the palette's lightness. So a widget calls themeOf(this) when it
// paints, and changing the palette is enough to change the theme.
#ifndef BIGHT_DEMO_QT_THEME_H
#define BIGHT_DEMO_QT_THEME_H

#include <QtGui/QColor>
#include <QtGui/QPalette>
#include <QtGui/QPixmap>
#include <QtWidgets/QWidget>
#include <array>

namespace chat
{

enum class Appearance { Desktop, Light, Dark };

struct Theme {
    QColor window, base, sidebar, field, text, muted, rule;
    QColor accent, onAccent;
    QColor good, warning, error;
    QColor mention; // background of messages to this user
    std::array<QColor, 12> nicks;

    QColor nick(const QString &nick) const; // always the same for one person
};

const Theme &lightTheme();
const Theme &darkTheme();
const Theme &themeOf(const QPalette &palette);

inline const Theme &themeOf(const QWidget *widget)
{
    return themeOf(widget->palette());
}

// Give the application its style and palette. Call it first with Desktop, so that the desktop's
// setting is known.
void setAppearance(Appearance appearance);

// A mixture of two colours; `share` of the first, 0 to 1.
QColor mixed(const QColor &first, const QColor &second, qreal share);

// A slightly larger font for long texts.
QFont readingFont(QFont font);

// A palette with another colour for the window's background and the widgets on it.
QPalette withBackground(QPalette palette, const QColor &background);

} // namespace chat

#endif
