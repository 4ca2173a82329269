// The conversations and what is told in them: two windows, and a server in one of them.
#include "support.hpp"

#include "support/guards.hpp"

#include <QtTest/QAbstractItemModelTester>
#include <QtWidgets/QAbstractButton>
#include <gtest/gtest.h>

using namespace chat;

namespace
{

class QtChat : public testing::Test
{
  protected:
    void SetUp() override
    {
        ada.host("#a");
        ASSERT_TRUE(turnUntil([this] { return ada.isIn("#a"); }));
        bob.visit(ada.session.hosting().endpoint(), "#a");
        ASSERT_TRUE(turnUntil([this] { return bob.isIn("#a") && ada.sees("bob joined"); }));
    }

    QString lastOf(Person &person, const QString &conversation)
    {
        const Conversation *found = person.find(conversation);

        return found == nullptr || found->lines.empty() ? QString() : found->lines.back().text;
    }

    Person ada{"ada"};
    Person bob{"bob"};
    QAbstractItemModelTester testAda{&ada.session.chat().conversations(),
                                     QAbstractItemModelTester::FailureReportingMode::Fatal};
    QAbstractItemModelTester testBob{&bob.session.chat().conversations(),
                                     QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(QtChat, twoWindowsTalk)
{
    ada.say("hello bob");
    EXPECT_TRUE(turnUntil([this] { return bob.sees("ada  hello bob"); }));
    bob.say("/me waves");
    EXPECT_TRUE(turnUntil([this] { return ada.sees("bob waves"); }));
    EXPECT_TRUE(turnUntil([this] { return bob.sees("bob waves"); }));
}

TEST_F(QtChat, noThreadIsStarted)
{
    const size_t before = support::countThreads();
    Person carl("carl");

    carl.visit(ada.session.hosting().endpoint(), "#a");
    EXPECT_TRUE(turnUntil([&] { return carl.isIn("#a"); }));
    EXPECT_EQ(support::countThreads(), before);
}

TEST_F(QtChat, whatIsNotLookedAtIsCounted)
{
    ada.say("/join #b");
    ASSERT_TRUE(turnUntil([this] { return ada.isIn("#b"); }));
    EXPECT_EQ(ada.session.chat().current(), ada.find("#b"));
    bob.say("one");
    bob.say("two");
    ASSERT_TRUE(turnUntil([this] { return ada.find("#a")->unread == 2; }));
    EXPECT_FALSE(ada.find("#a")->mentioned);
    bob.say("ada: three");
    ASSERT_TRUE(turnUntil([this] { return ada.find("#a")->unread == 3; }));
    EXPECT_TRUE(ada.find("#a")->mentioned);
    EXPECT_TRUE(ada.window.windowTitle().startsWith("(3) #b"));
    ada.session.chat().show(ada.find("#a"));
    EXPECT_EQ(ada.find("#a")->unread, 0);
    EXPECT_FALSE(ada.find("#a")->mentioned);
    EXPECT_TRUE(ada.window.windowTitle().startsWith("#a"));
}

TEST_F(QtChat, comingAndGoingIsNotCounted)
{
    ada.session.chat().show(ada.session.chat().conversations().server());
    bob.say("/part");
    ASSERT_TRUE(turnUntil([this] { return lastOf(ada, "#a") == "bob left"; }));
    EXPECT_EQ(ada.find("#a")->unread, 0);
}

TEST_F(QtChat, aPersonThatWritesGetsAConversation)
{
    bob.say("/msg ada psst");
    ASSERT_TRUE(turnUntil([this] { return ada.find("bob") != nullptr; }));
    EXPECT_EQ(ada.find("bob")->unread, 1);
    EXPECT_TRUE(ada.find("bob")->mentioned);
    EXPECT_EQ(ada.session.chat().current(), ada.find("#a"));
}

TEST_F(QtChat, aConversationFollowsItsPerson)
{
    bob.say("/msg ada psst");
    ASSERT_TRUE(turnUntil([this] { return ada.find("bob") != nullptr; }));
    Conversation *before = ada.find("bob");
    bob.say("/nick albert");
    ASSERT_TRUE(turnUntil([this] { return ada.find("albert") != nullptr; }));
    EXPECT_EQ(ada.find("albert"), before);
    EXPECT_EQ(before->lines.back().text.toStdString(), "bob is now known as albert");
    EXPECT_EQ(lastOf(ada, "#a").toStdString(), "bob is now known as albert");
    ASSERT_TRUE(turnUntil([this] { return bob.sees("You are now known as albert"); }));
}

TEST_F(QtChat, noticesOfStrangersOpenNothing)
{
    bob.say("/notice ada beware");
    ASSERT_TRUE(turnUntil([this] { return lastOf(ada, "") == "(bob) beware"; }));
    EXPECT_EQ(ada.find("bob"), nullptr);
}

TEST_F(QtChat, strangersCannotFillTheList)
{
    for (int i = 0; i < 1000; ++i) {
        const QByteArray nick = "x" + QByteArray::number(i);
        emit ada.session.client().said(wordsOf(nick.constData(), nick.constData(), "hi"));
    }
    EXPECT_EQ(ada.session.chat().conversations().rowCount(), 300);
    EXPECT_EQ(lastOf(ada, "").toStdString(), "(x999) hi");
}

TEST_F(QtChat, aKickIsTold)
{
    ada.say("/kick bob too loud");
    EXPECT_TRUE(turnUntil([this] { return bob.sees("You were kicked by ada: too loud"); }));
    EXPECT_TRUE(turnUntil([this] { return ada.sees("bob was kicked by You: too loud"); }));
    EXPECT_FALSE(bob.isIn("#a"));
    bob.say("still here?");
    EXPECT_TRUE(bob.failure().contains("You are not in #a"));
}

TEST_F(QtChat, theTopicIsTold)
{
    ada.say("/topic Tea at five");
    EXPECT_TRUE(turnUntil([this] { return bob.sees("ada changed the topic to: Tea at five"); }));
    EXPECT_EQ(bob.find("#a")->topic, "Tea at five");
    Person carl("carl");
    carl.visit(ada.session.hosting().endpoint(), "#a");
    EXPECT_TRUE(turnUntil([&] { return carl.sees("The topic is: Tea at five"); }));
    ada.say("/topic -");
    EXPECT_TRUE(turnUntil([this] { return bob.sees("ada removed the topic"); }));
}

TEST_F(QtChat, aClosedChannelStaysClosed)
{
    bob.say("/join #b");
    ASSERT_TRUE(turnUntil([this] { return bob.isIn("#b"); }));
    Conversation *channel = bob.find("#a");
    bob.session.chat().close(channel);
    EXPECT_EQ(bob.find("#a"), nullptr);
    // Words that were on their way.
    emit bob.session.client().said(wordsOf("ada", "#a", "too late"));
    EXPECT_EQ(bob.find("#a"), nullptr);
    ASSERT_TRUE(turnUntil([this] { return ada.sees("bob left"); }));
    turn();
    EXPECT_EQ(bob.find("#a"), nullptr);
    bob.say("/join #a");
    EXPECT_TRUE(turnUntil([this] { return bob.isIn("#a"); }));
}

TEST_F(QtChat, theServersConversationCannotBeClosed)
{
    Chat &chat = ada.session.chat();

    chat.close(chat.conversations().server());
    EXPECT_NE(chat.find(""), nullptr);
    chat.close(ada.find("#a"));
    EXPECT_EQ(chat.current(), chat.conversations().server());
}

TEST_F(QtChat, problemsAreToldWhereThePersonLooks)
{
    ada.say("/join #b");
    ASSERT_TRUE(turnUntil([this] { return ada.isIn("#b"); }));
    ada.say("/mode +i");
    ASSERT_TRUE(turnUntil([this] { return ada.sees("You set mode +i"); }));
    bob.say("/join #b");
    EXPECT_TRUE(
        turnUntil([this] { return bob.find("#a")->lines.back().kind == Line::Kind::Problem; }));
    EXPECT_TRUE(bob.sees("#b"));
}

TEST_F(QtChat, anInvitationCanBeAccepted)
{
    ada.say("/join #b");
    ASSERT_TRUE(turnUntil([this] { return ada.isIn("#b"); }));
    ada.say("/invite bob");
    ASSERT_TRUE(turnUntil([this] { return !bob.notice().isEmpty(); }));
    EXPECT_EQ(bob.notice().toStdString(), "ada invites you to #b.");
    bob.window.findChild<QFrame *>("notice")->findChild<QAbstractButton *>()->click();
    EXPECT_TRUE(turnUntil([this] { return bob.isIn("#b"); }));
    EXPECT_EQ(bob.session.chat().current(), bob.find("#b"));
    EXPECT_EQ(bob.notice(), "");
}

TEST_F(QtChat, clearEmptiesTheView)
{
    ada.say("/clear");
    EXPECT_EQ(ada.window.messages().shownText(), "");
    ada.say("again");
    EXPECT_TRUE(turnUntil([this] { return ada.sees("again"); }));
}

TEST_F(QtChat, aPersonIsAskedAbout)
{
    ada.say("/whois bob");
    EXPECT_TRUE(turnUntil([this] { return ada.sees("bob is in #a"); }));
}

TEST_F(QtChat, aListThatNeverEndsIsCut)
{
    Client &client = ada.session.client();

    for (int i = 0; i < 700; ++i)
        emit client.listItem("#c", 1, "%1 %2");
    emit client.listEnd();
    EXPECT_EQ(ada.find("#a")->lines.back().text.toStdString(),
              "There are 700 channels; a pattern finds the others: /list *tea*");
    EXPECT_EQ((ada.find("#a")->lines.end() - 2)->text.toStdString(), "#c (1): %1 %2");
    EXPECT_LT(ada.find("#a")->lines.size(), 520u);
}

} // namespace
