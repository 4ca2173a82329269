// The lines of a conversation: time, nick and text in three columns, links that can be opened, and
// a rule above new lines.
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

    // Show another conversation, scrolled to its end. It must exist until the next call.
    void show(const Conversation *conversation);

    // A line was added to the visible conversation.
    void append(const Line &line);

    // The window has lost the focus: draw the rule above the next message.
    void markNext();

    // The shown text, one row per line, with spaces between the columns.
    QString shownText() const;

    void scrollPages(int pages);

  signals:
    void grown(); // its content has changed

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
