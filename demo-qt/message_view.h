// The lines of a conversation: time, nick and text in three columns, links that can be opened, and
// a rule above what is new.
#ifndef BIGHT_DEMO_QT_MESSAGE_VIEW_H
#define BIGHT_DEMO_QT_MESSAGE_VIEW_H

#include "conversation.h"

#include <QtCore/QDate>
#include <QtGui/QTextBlockFormat>
#include <QtGui/QTextCharFormat>
#include <QtGui/QTextCursor>
#include <QtWidgets/QTextBrowser>

class QToolButton;

namespace chat
{

struct Theme;

class MessageView : public QTextBrowser
{
    Q_OBJECT

  public:
    explicit MessageView(QWidget *parent = nullptr);

    // Show another conversation, from its end. It must live until the next call.
    void show(const Conversation *conversation);

    // The conversation that is shown has one line more.
    void append(const Line &line);

    // The person looks elsewhere: the next words get the rule above them.
    void markNext();

    // What it shows, one line a line, with spaces for what separates the columns.
    QString shownText() const;

    void scrollPages(int pages);

  signals:
    void grown(); // it shows more than before, or something else

  protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    QVariant loadResource(int type, const QUrl &name) override;

  private:
    struct Columns {
        qreal nick = 0; // where the nicks end
        qreal text = 0; // where the text begins
        bool narrow = false;
    };
    Columns columns() const;
    void render();
    void insert(const Line &line);
    void insertDate(const QDate &date);
    void insertWho(QTextCursor &cursor, const Line &line) const;
    void insertText(QTextCursor &cursor, const Line &line) const;
    void insertLinks(QTextCursor &cursor, const QString &text, const QTextCharFormat &format) const;
    QTextCursor newBlock(const QTextBlockFormat &format);
    QTextBlockFormat blockFormat(const Line &line) const;
    bool isAtEnd() const;
    void toEnd();
    void placeButton();

    const Conversation *m_conversation = nullptr;
    QToolButton *m_down;
    Columns m_columns;
    QDate m_date;       // of the last line
    QTextCursor m_mark; // in the first new line; null without one
    bool m_markNext = false;
    bool m_empty = true;
};

} // namespace chat

#endif
