#include "channel_list.h"

#include "theme.h"

#include <QtGui/QContextMenuEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QMenu>
#include <QtWidgets/QStyledItemDelegate>

namespace chat
{
namespace
{

constexpr int padding = 8; // around the text of a row
constexpr int inset = 6;   // of a row's background from the list's edge

class Painter : public QStyledItemDelegate
{
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {80, option.fontMetrics.height() + 2 * padding - 2};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;

  private:
    static void paintBack(QPainter *painter, const QStyleOptionViewItem &option, const QRect &row);
    static int paintBadge(QPainter *painter, const QStyleOptionViewItem &option, const QRect &row,
                          const QModelIndex &index);
};

// Highlight the row of the visible conversation; the frame of the keyboard focus is drawn over it.
void Painter::paintBack(QPainter *painter, const QStyleOptionViewItem &option, const QRect &row)
{
    const Theme &theme = themeOf(option.palette);

    painter->setPen(Qt::NoPen);
    if ((option.state & QStyle::State_Selected) != 0)
        painter->setBrush(mixed(theme.accent, theme.sidebar, 0.22));
    else if ((option.state & QStyle::State_MouseOver) != 0)
        painter->setBrush(mixed(theme.text, theme.sidebar, 0.06));
    else
        painter->setBrush(Qt::NoBrush);
    if ((option.state & QStyle::State_HasFocus) != 0)
        painter->setPen(QPen(theme.accent, 1));
    painter->drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

// Draw the number of unread messages at the right end. Returns the width used.
int Painter::paintBadge(QPainter *painter, const QStyleOptionViewItem &option, const QRect &row,
                        const QModelIndex &index)
{
    const Theme &theme = themeOf(option.palette);
    const int unread = index.data(Conversations::UnreadRole).toInt();
    const bool mentioned = index.data(Conversations::MentionedRole).toBool();

    if (unread == 0)
        return 0;
    const QString count = unread > 99 ? QStringLiteral("99+") : QString::number(unread);
    QFont font = option.font;
    font.setPointSizeF(font.pointSizeF() * 0.85);
    font.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(font);
    const int height = metrics.height() + 2;
    const int width = qMax(height, metrics.horizontalAdvance(count) + height / 2 + 2);
    const QRectF pill(row.right() - padding - width + 1, row.center().y() - height / 2.0 + 0.5,
                      width, height);
    painter->setPen(Qt::NoPen);
    painter->setBrush(mentioned ? theme.error : mixed(theme.muted, theme.sidebar, 0.85));
    painter->drawRoundedRect(pill, height / 2.0, height / 2.0);
    painter->setFont(font);
    painter->setPen(theme.base);
    painter->drawText(pill, Qt::AlignCenter, count);
    return width + padding;
}

void Painter::paint(QPainter *painter, const QStyleOptionViewItem &option,
                    const QModelIndex &index) const
{
    const Theme &theme = themeOf(option.palette);
    const QRect row = option.rect.adjusted(inset, 1, -inset, -1);
    const bool present = index.data(Conversations::PresentRole).toBool();

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintBack(painter, option, row);
    const int badge = paintBadge(painter, option, row, index);
    QFont font = option.font;
    if (badge > 0)
        font.setWeight(QFont::DemiBold);
    font.setItalic(!present);
    painter->setFont(font);
    painter->setPen(present ? theme.text : theme.muted);
    const QRect room = row.adjusted(padding + 2, 0, -padding - badge, 0);
    painter->drawText(
        room, Qt::AlignVCenter | Qt::TextSingleLine,
        QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, room.width()));
    painter->restore();
}

} // namespace

ChannelList::ChannelList(Chat &chat, QWidget *parent) : QListView(parent), m_chat(chat)
{
    setObjectName(QStringLiteral("conversations"));
    setAccessibleName(tr("Conversations"));
    setFrameShape(QFrame::NoFrame);
    setItemDelegate(new Painter(this));
    setMouseTracking(true);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setModel(&m_chat.conversations());
    select(m_chat.current());
    connect(&m_chat, &Chat::shown, this, &ChannelList::select);
}

void ChannelList::step(int steps, bool unreadOnly)
{
    const Conversations &all = m_chat.conversations();
    const int count = all.rowCount();
    int row = all.rowOf(m_chat.current());

    for (int tried = 0; tried < count; ++tried) {
        row = (row + steps + count) % count;
        if (!unreadOnly || all.at(row)->unread > 0) {
            go(row);
            return;
        }
    }
}

void ChannelList::go(int row)
{
    Conversation *conversation = m_chat.conversations().at(row);

    if (conversation != nullptr)
        m_chat.show(conversation);
}

void ChannelList::select(const Conversation *conversation)
{
    setCurrentIndex(model()->index(m_chat.conversations().rowOf(conversation), 0));
}

// A click never clears the selection: exactly one conversation is always shown.
QItemSelectionModel::SelectionFlags ChannelList::selectionCommand(const QModelIndex &index,
                                                                  const QEvent *) const
{
    return index.isValid() ? QItemSelectionModel::ClearAndSelect : QItemSelectionModel::NoUpdate;
}

void ChannelList::currentChanged(const QModelIndex &current, const QModelIndex &previous)
{
    QListView::currentChanged(current, previous);
    Conversation *conversation = m_chat.conversations().at(current.row());
    if (conversation != nullptr)
        m_chat.show(conversation);
}

void ChannelList::contextMenuEvent(QContextMenuEvent *event)
{
    const QModelIndex index = indexAt(event->pos());
    Conversation *conversation =
        event->reason() == QContextMenuEvent::Keyboard
            ? m_chat.current()
            : m_chat.conversations().at(index.isValid() ? index.row() : -1);

    if (conversation == nullptr || conversation->kind == Conversation::Kind::Server)
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QString title = m_chat.conversations().titleOf(conversation);
    const QString name = conversation->name;
    menu->addAction(tr("Close %1").arg(title), this, [this, name] {
        Conversation *still = m_chat.find(name);
        if (still != nullptr)
            m_chat.close(still);
    });
    menu->popup(event->globalPos());
}

} // namespace chat
