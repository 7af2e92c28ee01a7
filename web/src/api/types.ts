// Types only: the schemas themselves stay out of the page.
import type * as manager from '@nightjar/contract/manager';
import type * as partner from '@nightjar/contract/partner';
import type * as platform from '@nightjar/contract/platform';

type Out<Schema extends { _output: unknown }> = Schema['_output'];

export type { Scope } from '@nightjar/contract';
export type { StreamDetail, StreamMetricsDetail, StreamSummary } from '@nightjar/contract/manager';

export type InferenceSettings = Out<typeof manager.StreamDetail>['inference'];
export type BoxesEvent = Out<typeof manager.BoxesEvent>;
export type WeeklySchedule = NonNullable<Out<typeof manager.StreamDetail>['recording']['schedule']>;
export type PrivacyConfig = Out<typeof manager.StreamDetail>['privacy'];

/** A new stream as it is sent: what has a default may be left out. */
export type NewStream = (typeof manager.CreateStream)['_input'];
export type StreamList = Out<typeof manager.StreamList>;
export type RecordingList = Out<typeof manager.RecordingList>;
export type Recording = RecordingList['recordings'][number];
export type Coverage = Out<typeof manager.Coverage>;
export type CameraReport = Out<typeof manager.CameraReport>;
export type DiscoveredDevices = Out<typeof manager.DiscoveredDevices>;
export type DeviceDescription = Out<typeof manager.DeviceDescription>;
export type UrlPresetList = Out<typeof manager.UrlPresetList>;
export type DeviceSettings = Out<typeof manager.DeviceSettings>;
export type PtzState = Out<typeof manager.PtzState>;
export type Push = Out<typeof manager.Push>;
export type PushList = Out<typeof manager.PushList>;
export type PublishKey = Out<typeof manager.PublishKey>;
export type StorageForecast = Out<typeof manager.StorageForecast>;
export type RetentionPreviewed = Out<typeof manager.RetentionPreview>;
export type ManagerConfig = Out<typeof manager.ManagerConfig>;
export type ConfigUpdated = Out<typeof manager.ConfigUpdated>;
export type ConfigReloaded = Out<typeof manager.ConfigReloaded>;
export type ConfigVersions = Out<typeof manager.ConfigVersions>;
export type ConfigDifference = Out<typeof manager.ConfigDifference>;
export type BackupAccepted = Out<typeof manager.BackupAccepted>;
export type BackupJob = Out<typeof manager.BackupJob>;
export type ViewerList = Out<typeof manager.ViewerList>;

export type Profile = Out<typeof platform.Profile>;
export type Permissions = Out<typeof platform.Permissions>;
export type SignInMethods = Out<typeof platform.SignInMethods>;
export type SecondFactorAsked = Out<typeof platform.SecondFactorAsked>;
export type TotpBegun = Out<typeof platform.TotpBegun>;
export type RecoveryCodes = Out<typeof platform.RecoveryCodes>;
export type Session = Out<typeof platform.Session>;
export type User = Out<typeof platform.User>;
export type UserList = Out<typeof platform.UserList>;
export type UserCreated = Out<typeof platform.UserCreated>;
export type PasswordLink = Out<typeof platform.PasswordLink>;
export type Grant = Out<typeof platform.Grant>;
export type ApiToken = Out<typeof platform.ApiToken>;
export type ApiTokenList = Out<typeof platform.ApiTokenList>;
export type ApiTokenCreated = Out<typeof platform.ApiTokenCreated>;
export type CameraGroup = Out<typeof platform.CameraGroup>;
export type CameraGroupList = Out<typeof platform.CameraGroupList>;
export type AuditList = Out<typeof platform.AuditList>;
export type AuditVerification = Out<typeof platform.AuditVerification>;

export type ImportPlan = Out<typeof platform.ImportPlan>;
export type ImportEntry = Out<typeof platform.ImportEntry>;
export type ImportFinding = Out<typeof platform.ImportFinding>;
export type ImportDone = Out<typeof platform.ImportDone>;

export type Model = Out<typeof platform.Model>;
export type ModelList = Out<typeof platform.ModelList>;

export type Layout = Out<typeof platform.Layout>;
export type LayoutList = Out<typeof platform.LayoutList>;
export type PlatformRecording = Out<typeof platform.PlatformRecording>;
export type PlatformRecordingList = Out<typeof platform.PlatformRecordingList>;
export type DashboardStats = Out<typeof platform.DashboardStats>;
export type RecordingAnalytics = Out<typeof platform.RecordingAnalytics>;
export type SystemMetrics = Out<typeof platform.SystemMetrics>;
export type Activity = Out<typeof platform.Activity>;
export type ActivityList = Out<typeof platform.ActivityList>;

export type Job = Out<typeof manager.Job>;
export type ExportLink = Out<typeof manager.ExportLink>;
export type JobList = Out<typeof manager.JobList>;
export type Bookmark = Out<typeof partner.PartnerBookmark>;
export type Client = Out<typeof partner.Client>;
export type ClientList = Out<typeof partner.ClientList>;
export type ClientCreated = Out<typeof partner.ClientCreated>;
export type BookmarkList = Out<typeof partner.PartnerBookmarkList>;
export type Snapshot = Out<typeof partner.PartnerSnapshot>;
export type SnapshotList = Out<typeof partner.PartnerSnapshotList>;

export type Alert = Out<typeof platform.Alert>;
export type AlertRule = Out<typeof platform.AlertRule>;
export type Channel = Out<typeof platform.Channel>;
export type ChannelCreated = Out<typeof platform.ChannelCreated>;
export type Delivery = Out<typeof platform.Delivery>;
export type ChannelTested = Out<typeof platform.ChannelTested>;

/** S3's lists. */
export interface ListOf<Item> {
  items: Item[];
  total: number;
  limit: number;
  offset: number;
}
