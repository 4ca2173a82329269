// The lines of one conversation: with the server, in a channel, or with one person.
#ifndef BIGHT_DEMO_QT_CONVERSATION_H
#define BIGHT_DEMO_QT_CONVERSATION_H

#include <QtCore/QString>
#include <QtCore/QStringList>
#include <deque>

namespace chat
{

// One event as text. It contains no markup.
struct Line {
    enum class Kind {
        Words,   // somebody said it
        Notice,  // the same, from a program or without expecting an answer
        Action,  // "/me waves"
        Event,   // somebody joined, left, changed the topic
        Info,    // for this user only: an answer, the message of the day
        Problem, // an error
    };
    Kind kind = Kind::Event;
    QString who; // the author
    QString text;
    qint64 time = 0;      // milliseconds since 1970
    bool self = false;    // this user's own message
    bool mention = false; // the message contains this user's nick
};

// Whether the line is a message of somebody.
inline bool isWords(Line::Kind kind)
{
    return kind == Line::Kind::Words || kind == Line::Kind::Notice || kind == Line::Kind::Action;
}

// The typed text of a conversation: the sent lines, and the unfinished one.
struct Typed {
    QStringList sent;
    qsizetype at = 0; // in `sent`; its size for the unfinished one
    QString draft;
};

struct Conversation {
    enum class Kind { Server, Channel, Person };

    // The most lines kept per conversation; older ones are dropped.
    static constexpr int mostLines = 2000;

    Kind kind = Kind::Server;
    QString name; // of the channel or the person; "" for the server, as in bight_irc_words
    QString topic;
    std::deque<Line> lines;
    qint64 count = 0;       // the number of all lines so far
    qint64 read = 0;        // the number of lines at the last look
    int unread = 0;         // messages since then
    bool mentioned = false; // some of them mention this user
    bool present = false;   // in the channel now; for others: connected
    Typed typed;
};

} // namespace chat

#endif
