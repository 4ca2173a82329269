// What was said in one place: with the server, in a channel, or with one person.
#ifndef BIGHT_DEMO_QT_CONVERSATION_H
#define BIGHT_DEMO_QT_CONVERSATION_H

#include <QtCore/QString>
#include <QtCore/QStringList>
#include <deque>

namespace chat
{

// One thing that happened, as a person reads it. Nothing in it is markup.
struct Line {
    enum class Kind {
        Words,   // somebody said it
        Notice,  // the same, but by a program, or not wanting an answer
        Action,  // "/me waves"
        Event,   // somebody came, left, changed the topic
        Info,    // for this person alone: an answer, the message of the day
        Problem, // what went wrong
    };
    Kind kind = Kind::Event;
    QString who; // whose words they are
    QString text;
    qint64 time = 0;      // milliseconds since 1970
    bool self = false;    // this person's own words
    bool mention = false; // this person's nick was said
};

// Whether somebody said it.
inline bool isWords(Line::Kind kind)
{
    return kind == Line::Kind::Words || kind == Line::Kind::Notice || kind == Line::Kind::Action;
}

// What was typed in a conversation: the lines that were sent, and the one that is being written.
struct Typed {
    QStringList sent;
    qsizetype at = 0; // in `sent`; its size for the one that is being written
    QString draft;
};

struct Conversation {
    enum class Kind { Server, Channel, Person };

    // So many lines are kept of each; older ones are forgotten.
    static constexpr int mostLines = 2000;

    Kind kind = Kind::Server;
    QString name; // of the channel or the person; "" for the server, as bight_irc_words has it
    QString topic;
    std::deque<Line> lines;
    qint64 count = 0;       // of all lines that ever were
    qint64 read = 0;        // of those that were shown when the person last looked
    int unread = 0;         // words that came since
    bool mentioned = false; // and some of them were for this person
    bool present = false;   // in the channel now; for others: connected
    Typed typed;
};

} // namespace chat

#endif
