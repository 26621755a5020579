-- Upload metadata once held the credentials it came with. A few words too many go along: only an uploader's echo is lost.
UPDATE upload SET metadata = '' WHERE metadata LIKE '%invite %' OR metadata LIKE '%mine %' OR metadata LIKE '%story %';
