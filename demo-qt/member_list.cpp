#include "member_list.h"

#include "text.h"
#include "theme.h"

#include <QtGui/QContextMenuEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QMenu>
#include <QtWidgets/QStyledItemDelegate>

namespace chat
{
namespace
{

constexpr int padding = 14; // of the ranks from the left edge
constexpr int space = 8;    // between the nicks

class Painter : public QStyledItemDelegate
{
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {60, option.fontMetrics.height() + space};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
};

// Draw the rank in a separate narrow column, so that the nicks are aligned.
void Painter::paint(QPainter *painter, const QStyleOptionViewItem &option,
                    const QModelIndex &index) const
{
    const Theme &theme = themeOf(option.palette);
    const QString nick = index.data(Members::NickRole).toString();
    const bool away = index.data(Members::AwayRole).toBool();
    const int rank = option.fontMetrics.horizontalAdvance(QLatin1Char('@')) + 5;
    QRect room = option.rect.adjusted(padding, 0, -padding, 0);
    QFont font = option.font;

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if ((option.state & (QStyle::State_HasFocus | QStyle::State_MouseOver)) != 0) {
        painter->setPen((option.state & QStyle::State_HasFocus) != 0 ? QPen(theme.accent, 1)
                                                                     : QPen(Qt::NoPen));
        painter->setBrush(mixed(theme.text, theme.window, 0.06));
        painter->drawRoundedRect(QRectF(option.rect).adjusted(4.5, 0.5, -4.5, -0.5), 5, 5);
    }
    painter->setPen(theme.good);
    painter->drawText(room, Qt::AlignVCenter, index.data(Members::PrefixRole).toString());
    room.setLeft(room.left() + rank);
    font.setItalic(away);
    if (index.data(Members::SelfRole).toBool())
        font.setWeight(QFont::DemiBold);
    painter->setFont(font);
    painter->setPen(away ? theme.muted : theme.nick(nick));
    painter->drawText(
        room, Qt::AlignVCenter | Qt::TextSingleLine,
        QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, room.width()));
    painter->restore();
}

QString rankOf(const QString &prefix)
{
    if (prefix.startsWith(QLatin1Char('@')))
        return Members::tr("operator");
    if (prefix.startsWith(QLatin1Char('+')))
        return Members::tr("voiced");
    return prefix;
}

} // namespace

Members::Members(Client &client, QObject *parent) : QAbstractListModel(parent), m_client(client)
{
    connect(&m_client, &Client::memberChanged, this, &Members::change);
    connect(&m_client, &Client::membersReset, this, [this](bight_irc_channel *channel) {
        if (channel == m_channel)
            reset();
    });
    connect(&m_client, &Client::channelLeft, this, [this](bight_irc_channel *channel) {
        if (channel == m_channel)
            show(nullptr);
    });
}

int Members::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_all.size());
}

QVariant Members::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Member &member = m_all[static_cast<size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return shownName(member.nick);
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole:
        return describe(member);
    case NickRole:
        return member.nick;
    case PrefixRole:
        return member.prefix;
    case AwayRole:
        return member.away;
    case SelfRole:
        return m_client.isSame(member.nick, m_client.nick());
    default:
        return {};
    }
}

QString Members::describe(const Member &member)
{
    QString text = shownName(member.nick);

    if (!member.prefix.isEmpty())
        text += QStringLiteral(", ") + rankOf(member.prefix);
    if (member.away)
        text += tr(", away");
    if (!member.address.isEmpty())
        text += QStringLiteral(", ") + member.address;
    return text;
}

Members::Member Members::copyOf(const bight_irc_member *member)
{
    Member copy;
    const QString host = shownText(bight_irc_member_get_host(member));

    copy.nick = QString::fromUtf8(bight_irc_member_get_nick(member));
    copy.prefix = QString::fromUtf8(bight_irc_member_get_prefixes(member)).left(1);
    copy.away = bight_irc_member_is_away(member);
    if (!host.isEmpty())
        copy.address = shownText(bight_irc_member_get_user(member)) + QLatin1Char('@') + host;
    return copy;
}

void Members::show(const bight_irc_channel *channel)
{
    m_channel = channel;
    reset();
}

void Members::reset()
{
    beginResetModel();
    m_all.clear();
    const size_t count = m_channel != nullptr ? bight_irc_channel_count_members(m_channel) : 0;
    m_all.reserve(count);
    for (size_t i = 0; i < count; ++i)
        m_all.push_back(copyOf(bight_irc_channel_get_member(m_channel, i)));
    endResetModel();
    emit counted(rowCount());
}

void Members::change(const bight_irc_member_change &change)
{
    if (change.channel != m_channel)
        return;
    if (change.old_position != change.new_position) {
        remove(change.old_position);
        insert(change.new_position, change.member);
        emit counted(rowCount());
    } else if (change.new_position < m_all.size()) {
        const QModelIndex where = index(static_cast<int>(change.new_position));
        m_all[change.new_position] = copyOf(change.member);
        emit dataChanged(where, where);
    }
}

void Members::remove(size_t row)
{
    if (row >= m_all.size()) // BIGHT_IRC_NOWHERE too
        return;
    beginRemoveRows({}, static_cast<int>(row), static_cast<int>(row));
    m_all.erase(m_all.begin() + static_cast<std::ptrdiff_t>(row));
    endRemoveRows();
}

void Members::insert(size_t row, const bight_irc_member *member)
{
    if (row > m_all.size())
        return;
    beginInsertRows({}, static_cast<int>(row), static_cast<int>(row));
    m_all.insert(m_all.begin() + static_cast<std::ptrdiff_t>(row), copyOf(member));
    endInsertRows();
}

MemberList::MemberList(Members &members, QWidget *parent) : QListView(parent)
{
    setObjectName(QStringLiteral("members"));
    setAccessibleName(tr("Members"));
    setFrameShape(QFrame::NoFrame);
    setItemDelegate(new Painter(this));
    setMouseTracking(true);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setModel(&members);
    connect(this, &QListView::activated, this, [this](const QModelIndex &index) {
        emit chosen(index.data(Members::NickRole).toString());
    });
}

void MemberList::contextMenuEvent(QContextMenuEvent *event)
{
    const QModelIndex index =
        event->reason() == QContextMenuEvent::Keyboard ? currentIndex() : indexAt(event->pos());

    if (!index.isValid())
        return;
    const QString nick = index.data(Members::NickRole).toString();
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Talk to %1").arg(index.data().toString()), this,
                    [this, nick] { emit chosen(nick); });
    menu->addAction(tr("Who is %1?").arg(index.data().toString()), this,
                    [this, nick] { emit askedFor(nick); });
    menu->popup(event->globalPos());
}

} // namespace chat
