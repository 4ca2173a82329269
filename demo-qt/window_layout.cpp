// The layout and the colours of the window.
#include "window.h"

#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QSplitter>

namespace chat
{
namespace
{

constexpr int side = 14; // of the texts from the edge of their part

// The frame of the entry: round, and in another colour while it has the focus.
class Field : public QFrame
{
  public:
    using QFrame::QFrame;

  protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = themeOf(this);
        const bool focused = focusProxy() != nullptr && focusProxy()->hasFocus();
        QPainter painter(this);

        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(focused ? theme.accent : theme.rule, focused ? 1.5 : 1));
        painter.setBrush(theme.field);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 7, 7);
    }
};

QVBoxLayout *columnIn(QWidget *widget)
{
    auto *column = new QVBoxLayout(widget);

    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    return column;
}

void setRole(QWidget *widget, QPalette::ColorRole role, const QColor &colour)
{
    QPalette palette;

    palette.setColor(role, colour);
    widget->setPalette(palette);
}

QFont scaled(QFont font, qreal factor)
{
    font.setPointSizeF(font.pointSizeF() * factor);
    return font;
}

} // namespace

void Window::buildLayout()
{
    m_splitter = new QSplitter(Qt::Horizontal, this);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(1);
    m_splitter->addWidget(buildSide());
    m_splitter->addWidget(buildMiddle());
    m_splitter->addWidget(buildMembers());
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({190, 610, 150});
    setCentralWidget(m_splitter);
    // The Tab order follows the visual order.
    setTabOrder(m_channels, m_messages);
    setTabOrder(m_messages, m_entry);
    setTabOrder(m_entry, m_members);
    resize(980, 640);
}

QWidget *Window::rule()
{
    auto *line = new QFrame(this);

    line->setObjectName(QStringLiteral("rule"));
    line->setFixedHeight(1);
    line->setAutoFillBackground(true);
    return line;
}

QWidget *Window::buildSide()
{
    m_side = new QFrame(this);
    auto *column = columnIn(m_side);
    auto *heading = new QVBoxLayout;
    auto *row = new QHBoxLayout;

    m_side->setAutoFillBackground(true);
    m_side->setMinimumWidth(130);
    m_self = new ElidedLabel(m_side);
    m_state = new ElidedLabel(m_side);
    m_dot = new QLabel(QStringLiteral("●"), m_side);
    m_dot->setAccessibleName(QStringLiteral(" "));
    m_hosting = new QLabel(m_side);
    m_channels = new ChannelList(m_session.chat(), m_side);
    QFont bold = scaled(font(), 1.2);
    bold.setWeight(QFont::DemiBold);
    m_self->setFont(bold);
    heading->setContentsMargins(side + 2, 9, side, 10);
    heading->setSpacing(1);
    heading->addWidget(m_self);
    row->setSpacing(5);
    row->addWidget(m_dot);
    row->addWidget(m_state, 1);
    heading->addLayout(row);
    column->addLayout(heading);
    column->addWidget(m_channels, 1);
    column->addWidget(m_hosting);
    m_hosting->setContentsMargins(side + 2, 8, side, 12);
    m_hosting->setWordWrap(true);
    m_hosting->setTextFormat(Qt::PlainText);
    m_hosting->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_hosting->setFont(scaled(font(), 0.92));
    return m_side;
}

QWidget *Window::buildMiddle()
{
    auto *middle = new QWidget(this);
    auto *column = columnIn(middle);

    m_topic = new TopicBar(middle);
    m_notice = new NoticeBar(middle);
    m_messages = new MessageView(middle);
    m_failure = new QLabel(middle);
    m_failure->setObjectName(QStringLiteral("failure"));
    m_failure->setContentsMargins(side, 6, side, 0);
    m_failure->setWordWrap(true);
    m_failure->setTextFormat(Qt::PlainText);
    m_failure->setVisible(false);
    column->addWidget(m_topic);
    column->addWidget(rule());
    column->addWidget(m_notice);
    column->addWidget(m_messages, 1);
    column->addWidget(rule());
    column->addWidget(m_failure);
    column->addWidget(buildEntryRow());
    middle->setMinimumWidth(260);
    return middle;
}

QWidget *Window::buildEntryRow()
{
    auto *around = new QWidget(this);
    auto *margins = new QHBoxLayout(around);
    m_field = new Field(around);
    auto *row = new QHBoxLayout(m_field);

    m_nick = new QLabel(m_field);
    m_nick->setTextFormat(Qt::PlainText);
    m_nick->setAccessibleName(tr("Your nick"));
    m_entry = new Entry(m_session.chat(), m_field);
    m_field->setFocusProxy(m_entry);
    QFont bold = readingFont(font());
    bold.setWeight(QFont::DemiBold);
    m_nick->setFont(bold);
    row->setContentsMargins(11, 3, 5, 3);
    row->setSpacing(6);
    row->addWidget(m_nick, 0, Qt::AlignVCenter);
    row->addWidget(m_entry, 1);
    margins->setContentsMargins(12, 9, 12, 10);
    margins->addWidget(m_field);
    return around;
}

QWidget *Window::buildMembers()
{
    m_memberPane = new QWidget(this);
    auto *column = columnIn(m_memberPane);

    m_memberCount = new QLabel(m_memberPane);
    m_memberCount->setContentsMargins(side, 11, side, 8);
    m_members = new MemberList(m_memberModel, m_memberPane);
    m_memberPane->setMinimumWidth(100);
    column->addWidget(m_memberCount);
    column->addWidget(m_members, 1);
    return m_memberPane;
}

// Set the colours that the application's palette does not define.
void Window::paint()
{
    const Theme &theme = themeOf(this);
    const auto rules = findChildren<QFrame *>(QStringLiteral("rule"));
    QPalette clear;

    m_side->setPalette(withBackground(QPalette(), theme.sidebar));
    setRole(m_messages, QPalette::Base, theme.base);
    setRole(m_members, QPalette::Base, theme.window);
    setRole(m_failure, QPalette::WindowText, theme.error);
    setRole(m_hosting, QPalette::WindowText, theme.muted);
    setRole(m_state, QPalette::WindowText, theme.muted);
    setRole(m_memberCount, QPalette::WindowText, theme.muted);
    clear.setColor(QPalette::Base, Qt::transparent);
    m_entry->setPalette(clear);
    for (QFrame *line : rules)
        setRole(line, QPalette::Window, theme.rule);
    for (int i = 1; i < m_splitter->count(); ++i) {
        m_splitter->handle(i)->setAutoFillBackground(true);
        setRole(m_splitter->handle(i), QPalette::Window, theme.rule);
    }
    showSide();
}

} // namespace chat
