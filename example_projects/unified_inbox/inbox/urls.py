"""Addresses of the inbox."""

from django.urls import path

from inbox import views

app_name = "inbox"

urlpatterns = [
    path("", views.conversation_list, name="list"),
    path("view/", views.choose_view, name="choose-view"),
    path("<int:pk>/", views.conversation, name="conversation"),
    path("attachments/<int:pk>/", views.attachment, name="attachment"),
]
