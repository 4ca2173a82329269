#include "support.hpp"

#include "support/wait.hpp"

#include <QtCore/QTimer>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <cstdio>
#include <gtest/gtest.h>

void turn()
{
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
}

bool turnUntil(const std::function<bool()> &condition)
{
    return support::waitUntil(condition, support::patience, [] {
        // Waits, but not beyond what is due in a while: the condition may be about the time.
        QTimer::singleShot(5, QCoreApplication::instance(), [] {});
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    });
}

void press(QWidget &widget, int key, Qt::KeyboardModifiers modifiers, const QString &text)
{
    QKeyEvent down(QEvent::KeyPress, key, modifiers, text);
    QKeyEvent up(QEvent::KeyRelease, key, modifiers, text);

    QApplication::sendEvent(&widget, &down);
    QApplication::sendEvent(&widget, &up);
}

void type(QWidget &widget, const QString &text)
{
    for (const QChar letter : text)
        press(widget, letter.toUpper().unicode(), Qt::NoModifier, letter);
}

Person::Person(const QString &name) : nick(name)
{
    window.show();
}

Person::~Person()
{
    // A connection that was left open ends with the reactor.
    turn();
}

void Person::host(const QString &join)
{
    chat::Setup setup;

    setup.host = "tcp:127.0.0.1:0";
    setup.nick = nick;
    setup.join = join;
    EXPECT_EQ(session.begin(setup).toStdString(), "");
}

void Person::visit(const QString &endpoint, const QString &join)
{
    chat::Setup setup;

    setup.connect = endpoint;
    setup.nick = nick;
    setup.join = join;
    EXPECT_EQ(session.begin(setup).toStdString(), "");
}

bool Person::ready()
{
    return session.client().state() == BIGHT_IRC_READY;
}

bool Person::isIn(const QString &channel)
{
    const chat::Conversation *conversation = find(channel);

    return conversation != nullptr && conversation->present;
}

bool Person::sees(const QString &text)
{
    return window.messages().shownText().contains(text);
}

void Person::say(const QString &text)
{
    window.entry().selectAll();
    press(window.entry(), Qt::Key_Delete);
    type(window.entry(), text);
    press(window.entry(), Qt::Key_Return, Qt::NoModifier, "\r");
}

QString Person::notice()
{
    auto *bar = window.findChild<QFrame *>("notice");

    return bar->isVisible() ? bar->findChild<QLabel *>()->text() : QString();
}

QString Person::failure()
{
    auto *label = window.findChild<QLabel *>("failure");

    return label->isVisible() ? label->text() : QString();
}

bight_irc_words wordsOf(const char *nick, const char *conversation, const char *text)
{
    bight_irc_words words = {};

    words.from = {nick, "", "", false, false};
    words.target = words.conversation = conversation;
    words.text = text;
    words.time = 1;
    return words;
}

// The plugin that needs no display complains of every window.
static void filterMessages(QtMsgType, const QMessageLogContext &, const QString &text)
{
    if (!text.startsWith("This plugin does not support"))
        std::fprintf(stderr, "%s\n", qPrintable(text));
}

int main(int count, char **arguments)
{
    // Nothing of the person's own settings is read or written, and no display is needed.
    setenv("QT_QPA_PLATFORM", "offscreen", 1);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    qInstallMessageHandler(filterMessages);
    testing::InitGoogleTest(&count, arguments);
    QApplication application(count, arguments);
    QApplication::setQuitOnLastWindowClosed(false);
    chat::setAppearance(chat::Appearance::Desktop);
    return RUN_ALL_TESTS();
}
