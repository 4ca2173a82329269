// Switches to a conversation by a part of its name, or opens a new one.
#ifndef BIGHT_DEMO_QT_SWITCHER_H
#define BIGHT_DEMO_QT_SWITCHER_H

#include "chat.h"

#include <QtWidgets/QDialog>
#include <functional>

class QLineEdit;
class QListWidget;

namespace chat
{

class Switcher : public QDialog
{
    Q_OBJECT

  public:
    explicit Switcher(Chat &chat, QWidget *parent = nullptr);

  protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

  private:
    void filter(const QString &part);
    void go();

    Chat &m_chat;
    QLineEdit *m_part;
    QListWidget *m_found;
};

// Ask for one word or line in a small non-blocking dialog. `answer` is called with the text unless
// it is empty or the dialog was cancelled.
void ask(QWidget *parent, const QString &title, const QString &question, const QString &suggestion,
         const std::function<void(const QString &)> &answer);

// When the dialog closes, its parent gets the keyboard focus again.
void comeBack(QDialog *dialog);

} // namespace chat

#endif
