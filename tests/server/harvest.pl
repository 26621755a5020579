#!/usr/bin/perl
# Walks every verb of an OAI-PMH repository with Debian's HTTP::OAI: harvest.pl BASE_URL. Gives JSON.
use strict;
use warnings;
use HTTP::OAI;
use JSON::PP;

my $harvester = HTTP::OAI::Harvester->new(baseURL => shift);

sub sound {
  my ($answer, $what) = @_;
  die "$what: " . $answer->code . " " . $answer->message if $answer->is_error;
  return $answer;
}
sub whole {
  my ($list, $take) = @_;
  my @items;
  while (my $item = $list->next) { push @items, $take->($item) }
  sound($list, "the list");
  return \@items;
}
# All parts of a list: the client follows resumption tokens by itself.
sub parts {
  my ($verb, $prefix, $take) = @_;
  my @items;
  sound($harvester->$verb(metadataPrefix => $prefix, onRecord => sub { push @items, $take->(shift) }), $verb);
  return \@items;
}
sub header { my $h = shift; return { identifier => $h->identifier, datestamp => $h->datestamp, status => $h->status // "", sets => [$h->setSpec] } }

my $identity = sound($harvester->Identify, "Identify");
$harvester->repository($identity);
my %found = (name => $identity->repositoryName, granularity => $identity->granularity, deleted => $identity->deletedRecord, version => $identity->protocolVersion);
$found{formats} = whole(sound($harvester->ListMetadataFormats, "ListMetadataFormats"), sub { shift->metadataPrefix });
$found{sets} = whole(sound($harvester->ListSets, "ListSets"), sub { shift->setSpec });
for my $prefix (@{ $found{formats} }) {
  $found{headers}{$prefix} = parts("ListIdentifiers", $prefix, \&header);
  $found{records}{$prefix} = parts("ListRecords", $prefix, sub {
    my $record = shift;
    return { %{ header($record->header) }, metadata => $record->metadata ? $record->metadata->dom->toString : "" };
  });
}
my ($living) = grep { !$_->{status} } @{ $found{headers}{oai_dc} };
my ($dead) = grep { $_->{status} } @{ $found{headers}{oai_dc} };
for my $one ($living, $dead) {
  next unless $one;
  my $record = sound($harvester->GetRecord(identifier => $one->{identifier}, metadataPrefix => "oai_dc"), "GetRecord")->next;
  push @{ $found{single} }, header($record->header);
}
binmode STDOUT, ":utf8";
print JSON::PP->new->canonical->encode(\%found);
