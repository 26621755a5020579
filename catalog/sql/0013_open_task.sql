-- Tasks that are done stay in their table; whoever looks for work looks here, and so by the index task_open.
CREATE VIEW open_task AS SELECT * FROM task WHERE state IN ('waiting', 'leased');
