// The message view, by itself.
#include "message_view.h"
#include "support.hpp"
#include "text.h"

#include <QtGui/QTextBlock>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>
#include <gtest/gtest.h>

using namespace chat;

namespace
{

class QtView : public testing::Test
{
  protected:
    QtView()
    {
        view.resize(700, 300);
        view.QWidget::show();
        view.show(&conversation);
    }

    void add(const QString &text, Line::Kind kind = Line::Kind::Words, bool self = false)
    {
        Line line;

        line.kind = kind;
        line.who = "bob";
        line.text = text;
        line.time = QDateTime::currentMSecsSinceEpoch();
        line.self = self;
        conversation.lines.push_back(line);
        conversation.count++;
        view.append(line);
    }

    QStringList links()
    {
        QStringList found;

        for (QTextBlock block = view.document()->begin(); block.isValid(); block = block.next()) {
            for (auto part = block.begin(); !part.atEnd(); ++part) {
                if (part.fragment().charFormat().isAnchor())
                    found << part.fragment().charFormat().anchorHref();
            }
        }
        return found;
    }

    // Where the rule above what is new is drawn, in pixels from the top; -1 without one.
    int rule()
    {
        const QImage picture = view.viewport()->grab().toImage();

        for (int y = 0; y < picture.height(); ++y) {
            if (picture.pixelColor(picture.width() / 2, y) == lightTheme().error &&
                picture.pixelColor(20, y) == lightTheme().error)
                return y;
        }
        return -1;
    }

    bool isAtEnd()
    {
        return view.verticalScrollBar()->value() == view.verticalScrollBar()->maximum();
    }

    Conversation conversation;
    MessageView view;
};

TEST_F(QtView, showsWhoAndWhat)
{
    add("hello");
    add("waves", Line::Kind::Action);
    const QString text = view.shownText();
    EXPECT_TRUE(text.contains("  bob  hello")) << text.toStdString();
    EXPECT_TRUE(text.contains("*  bob waves")) << text.toStdString();
}

TEST_F(QtView, markupIsText)
{
    const QString text = "<b>bold</b> <img src='file:///etc/passwd'> &amp; <a href='x'>y</a>";

    add(text);
    EXPECT_TRUE(view.shownText().contains(text));
    EXPECT_TRUE(links().isEmpty());
}

TEST_F(QtView, oneMessageIsOneBlock)
{
    add(chat::shownText("one\u2029two\u2028three"));
    EXPECT_EQ(view.document()->blockCount(), 1);
}

TEST_F(QtView, onlyTheWebCanBeOpened)
{
    add("see https://example.org/a?b=c#d, http://example.org (https://example.org/x).");
    add("javascript:alert(1) file:///etc/passwd ftp://example.org data:text/html,x https://");
    EXPECT_EQ(links(), QStringList({"https://example.org/a?b=c#d", "http://example.org",
                                    "https://example.org/x"}));
    EXPECT_TRUE(view.shownText().contains("(https://example.org/x)."));
}

TEST_F(QtView, oldLinesAreForgotten)
{
    for (int i = 0; i < Conversation::mostLines + 50; ++i)
        add(QString::number(i));
    EXPECT_EQ(view.document()->blockCount(), Conversation::mostLines);
    EXPECT_FALSE(view.shownText().contains("bob  49\n"));
}

TEST_F(QtView, followsTheNewestUnlessScrolledUp)
{
    for (int i = 0; i < 100; ++i)
        add(QString::number(i));
    EXPECT_TRUE(isAtEnd());
    view.scrollPages(-1);
    const int where = view.verticalScrollBar()->value();
    add("new");
    EXPECT_EQ(view.verticalScrollBar()->value(), where);
    view.verticalScrollBar()->setValue(view.verticalScrollBar()->maximum());
    add("newer");
    EXPECT_TRUE(isAtEnd());
    view.resize(700, 200);
    turn();
    EXPECT_TRUE(isAtEnd());
}

TEST_F(QtView, aRuleStandsAboveWhatIsNew)
{
    add("old");
    EXPECT_EQ(rule(), -1);
    view.markNext();
    add("came", Line::Kind::Event);
    add("mine", Line::Kind::Words, true);
    EXPECT_EQ(rule(), -1);
    add("new");
    const int where = rule();
    EXPECT_GT(where, 0);
    add("newer");
    EXPECT_EQ(rule(), where);
    view.markNext();
    EXPECT_EQ(rule(), -1);
}

TEST_F(QtView, whatCameMeanwhileIsBelowTheRule)
{
    add("old");
    conversation.read = conversation.count;
    add("new");
    view.show(&conversation);
    EXPECT_GT(rule(), 0);
}

TEST_F(QtView, aNarrowViewHasNoColumnOfNicks)
{
    add("hello");
    view.resize(300, 300);
    turn();
    EXPECT_TRUE(view.shownText().contains("bob  hello"));
    EXPECT_EQ(view.document()->firstBlock().blockFormat().tabPositions().size(), 1);
    view.resize(700, 300);
    turn();
    EXPECT_EQ(view.document()->firstBlock().blockFormat().tabPositions().size(), 2);
}

TEST_F(QtView, aLongNickLeavesTheTextItsColumn)
{
    Line line;

    line.kind = Line::Kind::Words;
    line.who = QString(200, 'x');
    line.text = "hello";
    line.time = QDateTime::currentMSecsSinceEpoch();
    view.append(line);
    EXPECT_TRUE(view.shownText().contains("…  hello"));
}

TEST_F(QtView, anotherDayIsTold)
{
    Line line;

    line.text = "long ago";
    line.time = QDateTime(QDate(2001, 9, 9), QTime(1, 46)).toMSecsSinceEpoch();
    view.append(line);
    EXPECT_TRUE(view.shownText().contains("2001")) << view.shownText().toStdString();
}

TEST_F(QtView, theColoursFollowTheTheme)
{
    auto colour = [this] {
        return view.document()->firstBlock().begin().fragment().charFormat().foreground().color();
    };

    add("hello");
    EXPECT_EQ(colour(), lightTheme().muted);
    setAppearance(Appearance::Dark);
    turn();
    EXPECT_EQ(colour(), darkTheme().muted);
    setAppearance(Appearance::Light);
    turn();
    EXPECT_EQ(colour(), lightTheme().muted);
}

} // namespace
