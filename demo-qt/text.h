// Words of other people, made fit to be drawn.
#ifndef BIGHT_DEMO_QT_TEXT_H
#define BIGHT_DEMO_QT_TEXT_H

#include <QtCore/QString>

namespace chat
{

// What somebody wrote, without colour codes, control characters and what would let one line look
// like several, or draw over what stands before it. UTF-8.
QString shownText(const char *text);

// A nick or the name of a channel, for the eye only: an invisible character in it, by which one
// person could pass for another, becomes U+FFFD.
QString shownName(const QString &name);

// "NICK left: reason", or without a reason "NICK left".
QString withReason(const QString &what, const char *reason);

} // namespace chat

#endif
