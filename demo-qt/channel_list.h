// The list of conversations, with marks for unread messages.
#ifndef BIGHT_DEMO_QT_CHANNEL_LIST_H
#define BIGHT_DEMO_QT_CHANNEL_LIST_H

#include "chat.h"

#include <QtWidgets/QListView>

namespace chat
{

class ChannelList : public QListView
{
    Q_OBJECT

  public:
    explicit ChannelList(Chat &chat, QWidget *parent = nullptr);

    // Show another conversation: `steps` below the current one (or above), wrapping around.
    void step(int steps, bool unreadOnly);

    // Show the conversation in a row, if there is one.
    void go(int row);

  protected:
    void currentChanged(const QModelIndex &current, const QModelIndex &previous) override;
    QItemSelectionModel::SelectionFlags selectionCommand(const QModelIndex &index,
                                                         const QEvent *event) const override;
    void contextMenuEvent(QContextMenuEvent *event) override;

  private:
    void select(const Conversation *conversation);

    Chat &m_chat;
};

} // namespace chat

#endif
