// The colours of the window, light and dark.
//
// The palette carries the toolkit's own colours; what a palette has no place for (nicks, unread
// marks, bars) is looked up here by the palette's lightness. So a widget asks themeOf(this) when it
// paints, and a change of the palette is all that a change of the theme takes.
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
    QColor mention; // behind words that are for this person
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

// Give the application its style and palette. Call it once with Desktop before any other, so that
// what the desktop said is known.
void setAppearance(Appearance appearance);

// A mixture of two colours; `share` of the first, 0 to 1.
QColor mixed(const QColor &first, const QColor &second, qreal share);

// A little larger, for what is read at length.
QFont readingFont(QFont font);

// A palette in which the window's background, and what stands on it, is of another colour.
QPalette withBackground(QPalette palette, const QColor &background);

} // namespace chat

#endif
