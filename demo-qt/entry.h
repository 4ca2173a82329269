// The text entry, with several lines, a history of sent lines, and completion.
#ifndef BIGHT_DEMO_QT_ENTRY_H
#define BIGHT_DEMO_QT_ENTRY_H

#include "chat.h"

#include <QtWidgets/QPlainTextEdit>
#include <bight/irc_entry.h>
#include <memory>

namespace chat
{

class Entry : public QPlainTextEdit
{
    Q_OBJECT

  public:
    explicit Entry(Chat &chat, QWidget *parent = nullptr);
    ~Entry() override;

    // Switch to a conversation. The unfinished text of the previous one is saved with it, and that
    // of this one is restored.
    void show(Conversation *conversation);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  signals:
    void failed(const QString &why); // the typed text is unchanged
    void edited();
    void scrolled(int pages);

  protected:
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

  private:
    struct Free {
        void operator()(bight_irc_completion *completion) const
        {
            bight_irc_completion_free(completion);
        }
    };
    bool handleKey(const QKeyEvent &event);
    void send();
    void complete(bool backwards);
    bool recall(int steps);
    bool isOnEdge(bool top) const;
    void replace(const QString &text, int cursor);

    Chat &m_chat;
    Conversation *m_conversation;
    std::unique_ptr<bight_irc_completion, Free> m_completion;
};

} // namespace chat

#endif
