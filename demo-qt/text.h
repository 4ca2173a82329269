// Makes text from other people safe to display.
#ifndef BIGHT_DEMO_QT_TEXT_H
#define BIGHT_DEMO_QT_TEXT_H

#include <QtCore/QString>

namespace chat
{

// A UTF-8 text without colour codes, control characters, and characters that would make one line
// look like several or draw over earlier text.
QString shownText(const char *text);

// A nick or the name of a channel, for display only. Invisible characters, with which one person
// could impersonate another, become U+FFFD.
QString shownName(const QString &name);

// "NICK left: reason", or without a reason "NICK left".
QString withReason(const QString &what, const char *reason);

} // namespace chat

#endif
