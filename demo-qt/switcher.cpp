#include "switcher.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QInputDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QVBoxLayout>

namespace chat
{

Switcher::Switcher(Chat &chat, QWidget *parent)
    : QDialog(parent), m_chat(chat), m_part(new QLineEdit(this)), m_found(new QListWidget(this))
{
    auto *column = new QVBoxLayout(this);

    setObjectName(QStringLiteral("switcher"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Go to a conversation"));
    column->setContentsMargins(12, 12, 12, 12);
    column->addWidget(m_part);
    column->addWidget(m_found);
    m_part->setPlaceholderText(tr("A part of its name"));
    m_part->setAccessibleName(tr("Part of the name"));
    m_part->installEventFilter(this);
    m_found->setAccessibleName(tr("Matching conversations"));
    m_found->setFocusPolicy(Qt::NoFocus);
    m_found->setFrameShape(QFrame::NoFrame);
    connect(m_part, &QLineEdit::textChanged, this, &Switcher::filter);
    connect(m_part, &QLineEdit::returnPressed, this, &Switcher::go);
    connect(m_found, &QListWidget::itemClicked, this, &Switcher::go);
    comeBack(this);
    filter({});
    resize(340, 300);
}

// Unread conversations come first.
void Switcher::filter(const QString &part)
{
    const Conversations &all = m_chat.conversations();

    m_found->clear();
    for (bool unread : {true, false}) {
        for (int row = 0; row < all.rowCount(); ++row) {
            const QModelIndex index = all.index(row);
            const QString title = index.data().toString();
            if ((index.data(Conversations::UnreadRole).toInt() > 0) != unread ||
                !title.contains(part.trimmed(), Qt::CaseInsensitive))
                continue;
            auto *item = new QListWidgetItem(
                index.data(unread ? Qt::AccessibleTextRole : Qt::DisplayRole).toString(), m_found);
            item->setData(Qt::UserRole, all.at(row)->name);
        }
    }
    m_found->setCurrentRow(0);
}

void Switcher::go()
{
    const QListWidgetItem *item = m_found->currentItem();
    Conversation *there =
        item != nullptr ? m_chat.find(item->data(Qt::UserRole).toString()) : nullptr;

    if (there == nullptr)
        return;
    m_chat.show(there);
    accept();
}

// Navigation keys go to the list, all others to the line edit.
bool Switcher::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_part && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp ||
            key == Qt::Key_PageDown)
            return QApplication::sendEvent(m_found, event);
    }
    return QDialog::eventFilter(watched, event);
}

void ask(QWidget *parent, const QString &title, const QString &question, const QString &suggestion,
         const std::function<void(const QString &)> &answer)
{
    auto *dialog = new QInputDialog(parent);

    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->setLabelText(question);
    dialog->setTextValue(suggestion);
    QObject::connect(dialog, &QInputDialog::textValueSelected, parent,
                     [answer](const QString &typed) {
                         if (!typed.trimmed().isEmpty())
                             answer(typed.trimmed());
                     });
    comeBack(dialog);
    dialog->open();
}

// A window manager would do this, but there may be none.
void comeBack(QDialog *dialog)
{
    QObject::connect(dialog, &QDialog::finished, dialog->parentWidget(), &QWidget::activateWindow);
}

} // namespace chat
