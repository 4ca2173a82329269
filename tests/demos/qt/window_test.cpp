// The window: the entry, the lists, the dialog, and how it begins, changes over and ends.
#include "support.hpp"

#include "connect_dialog.h"
#include "support/guards.hpp"

#include <QtTest/QAbstractItemModelTester>
#include <QtWidgets/QApplication>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QInputDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QRadioButton>
#include <gtest/gtest.h>

using namespace chat;

namespace
{

class QtWindow : public testing::Test
{
  protected:
    void SetUp() override
    {
        ada.host("#a");
        ASSERT_TRUE(turnUntil([this] { return ada.isIn("#a"); }));
    }

    QString typed()
    {
        return ada.window.entry().toPlainText();
    }

    Person ada{"ada"};
};

TEST_F(QtWindow, theHistoryKeepsWhatIsBeingWritten)
{
    Entry &entry = ada.window.entry();

    ada.say("one");
    ada.say("two");
    type(entry, "thr");
    press(entry, Qt::Key_Up);
    EXPECT_EQ(typed(), "two");
    press(entry, Qt::Key_Up);
    press(entry, Qt::Key_Up);
    EXPECT_EQ(typed(), "one");
    press(entry, Qt::Key_Down);
    press(entry, Qt::Key_Down);
    EXPECT_EQ(typed(), "thr");
    press(entry, Qt::Key_Down);
    EXPECT_EQ(typed(), "thr");
}

TEST_F(QtWindow, eachConversationHasItsOwnDraft)
{
    Chat &chat = ada.session.chat();

    type(ada.window.entry(), "half a");
    chat.show(chat.conversations().server());
    EXPECT_EQ(typed(), "");
    type(ada.window.entry(), "other");
    chat.show(ada.find("#a"));
    EXPECT_EQ(typed(), "half a");
    chat.show(chat.conversations().server());
    EXPECT_EQ(typed(), "other");
}

TEST_F(QtWindow, tabCompletesAndGoesOn)
{
    Person bob("bob");
    Person bonnie("bonnie");
    Entry &entry = ada.window.entry();

    bob.visit(ada.session.hosting().endpoint(), "#a");
    bonnie.visit(ada.session.hosting().endpoint(), "#a");
    ASSERT_TRUE(turnUntil([this] { return ada.sees("bob joined") && ada.sees("bonnie joined"); }));
    type(entry, "bo");
    press(entry, Qt::Key_Tab);
    EXPECT_EQ(typed(), "bob: ");
    press(entry, Qt::Key_Tab);
    EXPECT_EQ(typed(), "bonnie: ");
    press(entry, Qt::Key_Backtab, Qt::ShiftModifier);
    EXPECT_EQ(typed(), "bob: ");
    type(entry, "żółw and bon");
    press(entry, Qt::Key_Tab);
    EXPECT_EQ(typed(), "bob: żółw and bonnie ");
    EXPECT_EQ(entry.textCursor().position(), typed().size());
}

TEST_F(QtWindow, aCommandThatFailsStaysAndIsExplained)
{
    ada.say("/nonsense at all");
    EXPECT_EQ(typed(), "/nonsense at all");
    EXPECT_TRUE(ada.failure().contains("/nonsense"));
    type(ada.window.entry(), "x");
    EXPECT_EQ(ada.failure(), "");
}

TEST_F(QtWindow, severalLinesAreSaidOneByOne)
{
    Entry &entry = ada.window.entry();

    type(entry, "one");
    press(entry, Qt::Key_Return, Qt::ShiftModifier, "\r");
    type(entry, "two");
    EXPECT_EQ(typed(), "one\ntwo");
    EXPECT_GT(entry.sizeHint().height(), entry.minimumSizeHint().height());
    press(entry, Qt::Key_Return);
    EXPECT_TRUE(turnUntil([this] { return ada.sees("ada  one") && ada.sees("ada  two"); }));
    EXPECT_EQ(entry.sizeHint().height(), entry.minimumSizeHint().height());
}

TEST_F(QtWindow, upMovesInsideSeveralLinesFirst)
{
    Entry &entry = ada.window.entry();

    ada.say("before");
    type(entry, "one");
    press(entry, Qt::Key_Return, Qt::ShiftModifier, "\r");
    press(entry, Qt::Key_Up);
    EXPECT_EQ(typed(), "one\n");
    press(entry, Qt::Key_Up);
    EXPECT_EQ(typed(), "before");
}

TEST_F(QtWindow, theMembersFollowTheChannel)
{
    auto *list = ada.window.findChild<QListView *>("members");
    QAbstractItemModelTester tester(list->model(),
                                    QAbstractItemModelTester::FailureReportingMode::Fatal);
    auto text = [list](int row, int role) { return list->model()->index(row, 0).data(role); };
    Person zoe("zoe");
    Person bob("bob");

    zoe.visit(ada.session.hosting().endpoint(), "#a");
    bob.visit(ada.session.hosting().endpoint(), "#a");
    ASSERT_TRUE(turnUntil([list] { return list->model()->rowCount() == 3; }));
    EXPECT_EQ(text(0, Qt::DisplayRole), "ada");
    EXPECT_EQ(text(0, Members::PrefixRole), "@");
    EXPECT_TRUE(text(0, Qt::AccessibleTextRole).toString().startsWith("ada, operator"));
    EXPECT_EQ(text(1, Qt::DisplayRole), "bob");
    ada.say("/voice zoe");
    ASSERT_TRUE(turnUntil([&] { return text(1, Qt::DisplayRole) == "zoe"; }));
    EXPECT_EQ(text(1, Members::PrefixRole), "+");
    bob.say("/away gone fishing");
    ASSERT_TRUE(turnUntil([&] { return text(2, Members::AwayRole).toBool(); }));
    bob.say("/nick Albert");
    ASSERT_TRUE(turnUntil([&] { return text(2, Qt::DisplayRole) == "Albert"; }));
    zoe.say("/quit");
    ASSERT_TRUE(turnUntil([list] { return list->model()->rowCount() == 2; }));
    ada.say("/part");
    ASSERT_TRUE(turnUntil([list] { return list->model()->rowCount() == 0; }));
    EXPECT_TRUE(ada.sees("You left"));
}

TEST_F(QtWindow, aMemberIsTalkedTo)
{
    auto *list = ada.window.findChild<QListView *>("members");
    Person bob("bob");

    bob.visit(ada.session.hosting().endpoint(), "#a");
    ASSERT_TRUE(turnUntil([list] { return list->model()->rowCount() == 2; }));
    emit list->activated(list->model()->index(1, 0));
    EXPECT_EQ(ada.session.chat().current()->name, "bob");
    ada.say("psst");
    EXPECT_TRUE(turnUntil([&] { return bob.find("ada") != nullptr; }));
}

TEST_F(QtWindow, aConnectionThatBreaksIsToldAndComesBack)
{
    Person bob("bob");

    bob.visit(ada.session.hosting().endpoint(), "#a");
    ASSERT_TRUE(turnUntil([&] { return bob.isIn("#a"); }));
    const QString endpoint = ada.session.hosting().endpoint();
    ada.session.hosting().close();
    ASSERT_TRUE(turnUntil([&] { return bob.notice().startsWith("Disconnected: "); }));
    EXPECT_TRUE(bob.sees("Disconnected: "));
    EXPECT_FALSE(bob.isIn("#a"));
    EXPECT_EQ(bob.session.client().state(), BIGHT_IRC_WAITING);
    ASSERT_EQ(ada.session.hosting().open(endpoint).toStdString(), "");
    bob.session.again();
    EXPECT_TRUE(turnUntil([&] { return bob.isIn("#a"); }));
    EXPECT_EQ(bob.notice(), "");
}

TEST_F(QtWindow, nobodyThereIsTold)
{
    Person bob("bob");

    bob.visit("tcp:127.0.0.1:1", "#a");
    ASSERT_TRUE(turnUntil([&] { return bob.notice().startsWith("Disconnected: "); }));
    EXPECT_TRUE(bob.notice().contains("tcp:127.0.0.1:1"));
    EXPECT_TRUE(bob.notice().contains("refused"));
}

TEST_F(QtWindow, anotherChatBeginsAfresh)
{
    Person bob("bob");
    Person carl("carl");

    bob.host("#b");
    carl.visit(ada.session.hosting().endpoint(), "#a");
    ASSERT_TRUE(turnUntil([&] { return bob.isIn("#b") && carl.isIn("#a"); }));
    carl.visit(bob.session.hosting().endpoint(), "#b");
    ASSERT_TRUE(turnUntil([&] { return carl.isIn("#b"); }));
    EXPECT_EQ(carl.find("#a"), nullptr);
    EXPECT_TRUE(turnUntil([&] { return ada.sees("carl quit"); }));
}

TEST_F(QtWindow, theEndIsSaidToEverybody)
{
    Person bob("bob");
    bool ended = false;

    QObject::connect(&ada.session, &Session::ended, [&ended] { ended = true; });
    bob.visit(ada.session.hosting().endpoint(), "#a");
    ASSERT_TRUE(turnUntil([&] { return bob.isIn("#a"); }));
    ada.window.close();
    EXPECT_FALSE(ada.window.isVisible());
    ASSERT_TRUE(turnUntil([&] { return ended; }));
    EXPECT_TRUE(turnUntil([&] { return bob.sees("ada quit: ") && bob.sees("Disconnected: "); }));
}

TEST_F(QtWindow, aTakenNickIsAskedFor)
{
    // A server says it of a nick and of all that are made of it.
    emit ada.session.client().nickNeeded("bob", "Nickname is already in use");
    auto *dialog = ada.window.findChild<QInputDialog *>();
    ASSERT_NE(dialog, nullptr);
    EXPECT_TRUE(dialog->labelText().contains("already in use"));
    dialog->setTextValue("bobby");
    dialog->accept();
    EXPECT_TRUE(turnUntil([this] { return ada.sees("You are now known as bobby"); }));
}

TEST_F(QtWindow, everyPartHasANameForThoseWhoDoNotSee)
{
    for (const char *name : {"conversations", "messages", "entry", "members"}) {
        auto *part = ada.window.findChild<QWidget *>(name);
        ASSERT_NE(part, nullptr) << name;
        EXPECT_FALSE(part->accessibleName().isEmpty()) << name;
    }
    EXPECT_EQ(ada.window.entry().accessibleName(), "Message to #a");
    auto *list = ada.window.findChild<QListView *>("conversations");
    emit ada.session.client().said(wordsOf("bob", "bob", "psst"));
    EXPECT_EQ(list->model()->index(2, 0).data(Qt::AccessibleTextRole), "bob, 1 unread, for you");
}

TEST(QtConnectDialog, aServerOrAPlaceToHost)
{
    ConnectDialog dialog({"tcp:[::1]:7000", {}, "ada", "#bight"});
    chat::Setup wanted;
    auto radios = dialog.findChildren<QRadioButton *>();
    auto *ok = dialog.findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);

    QObject::connect(&dialog, &ConnectDialog::wanted,
                     [&](const chat::Setup &setup) { wanted = setup; });
    ASSERT_EQ(radios.size(), 2);
    EXPECT_TRUE(radios[0]->isChecked());
    ok->click();
    EXPECT_EQ(wanted.connect, "tcp:[::1]:7000");
    EXPECT_EQ(wanted.host, "");
    EXPECT_EQ(wanted.nick, "ada");
    EXPECT_EQ(wanted.join, "#bight");
    radios[1]->click();
    ok->click();
    EXPECT_EQ(wanted.connect, "");
    EXPECT_EQ(wanted.host, "tcp:127.0.0.1:6667");
    dialog.findChild<QCheckBox *>()->click();
    ok->click();
    EXPECT_EQ(wanted.host, "tcp:6667");
}

TEST(QtConnectDialog, whatCannotBeIsNotTried)
{
    ConnectDialog dialog({"tcp:localhost:6667", {}, "7up", "#bight"});
    auto *ok = dialog.findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    auto *complaint = dialog.findChild<QLabel *>("complaint");

    EXPECT_FALSE(ok->isEnabled());
    EXPECT_TRUE(complaint->text().startsWith("A nick has only letters"));
    dialog.complain("the port is taken");
    EXPECT_EQ(complaint->text(), "the port is taken");
}

TEST(QtProgram, nothingIsLeftOpen)
{
    support::FdGuard guard;

    for (int i = 0; i < 3; ++i) {
        Person ada("ada");
        ada.host("#a");
        ASSERT_TRUE(turnUntil([&] { return ada.isIn("#a"); }));
    }
}

} // namespace
