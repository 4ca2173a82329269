// A window of Qt in the test's own process, and what is needed to use it.
#ifndef BIGHT_TESTS_DEMOS_QT_SUPPORT_HPP
#define BIGHT_TESTS_DEMOS_QT_SUPPORT_HPP

#include "session.h"
#include "window.h"

#include <functional>
#include <memory>

// Lets Qt's loop turn until the condition holds; false when it does not in time.
bool turnUntil(const std::function<bool()> &condition);

// Once, with all that is due.
void turn();

// Presses keys on a widget, as a keyboard would.
void press(QWidget &widget, int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier,
           const QString &text = {});
void type(QWidget &widget, const QString &text);

// Somebody with a window.
struct Person {
    // Hosts a chat when `host` is not empty, else connects to `connect`.
    explicit Person(const QString &nick);
    ~Person();

    void host(const QString &join);
    void visit(const QString &endpoint, const QString &join);
    bool isIn(const QString &channel);
    bool sees(const QString &text);
    bool ready();

    // Types into the entry, and presses Enter.
    void say(const QString &text);

    chat::Conversation *find(const QString &name)
    {
        return session.chat().find(name);
    }

    // The text of a bar that is visible, else nothing.
    QString notice();
    QString failure();

    QString nick;
    chat::Session session;
    chat::Window window{session};
};

// Words of somebody, for signals that a test sends itself.
bight_irc_words wordsOf(const char *nick, const char *conversation, const char *text);

#endif
