//! Names of services whose keys have no form of their own: a random value near such a name is taken for a key.
//!
//! Only names that are no words of ordinary text; of others (`box`, `square`) a key is known by `key` or `token` in its name.

use std::ops::Range;
use std::sync::LazyLock;

use super::bytes::{Set, at, before, starts_with};

/// Looks at the words of `bytes` within `range` and tells where the last one that names a service is.
pub(super) fn last(bytes: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let starts = range.clone().rev().filter(|index| Set::ALNUM.has(at(bytes, *index)) && !Set::ALNUM.has(before(bytes, *index)));
    starts.into_iter().find_map(|start| {
        let length = name_at(bytes, start)?;
        (start + length <= range.end).then_some(start..start + length)
    })
}

/// The length of the name that begins at `start`, as a word or as the beginning of the name of its key.
fn name_at(bytes: &[u8], start: usize) -> Option<usize> {
    let found = bucket(bytes, start).iter().filter(|name| starts_with(bytes, start, name.as_bytes()) && is_whole(bytes, start + name.len()));
    found.map(|name| name.len()).max()
}

/// The names that begin with the two characters at `start`.
fn bucket(bytes: &[u8], start: usize) -> &'static [&'static str] {
    let range = slot(at(bytes, start), at(bytes, start + 1)).and_then(|slot| BUCKETS.get(slot));
    range.and_then(|range| NAMES.get(range.clone())).unwrap_or_default()
}

/// Where the names of each two first characters are, so that a word that begins no name costs one look.
static BUCKETS: LazyLock<Vec<Range<usize>>> = LazyLock::new(|| {
    let mut buckets = vec![0..0; SYMBOLS * SYMBOLS];
    for (index, name) in NAMES.iter().enumerate() {
        let slot = slot(at(name.as_bytes(), 0), at(name.as_bytes(), 1));
        if let Some(bucket) = slot.and_then(|slot| buckets.get_mut(slot)) {
            *bucket = if bucket.is_empty() { index..index + 1 } else { bucket.start..index + 1 };
        }
    }
    buckets
});

/// Letters, digits and all else.
const SYMBOLS: usize = 37;

fn slot(first: u8, second: u8) -> Option<usize> {
    Some(symbol(first) * SYMBOLS + symbol(second)).filter(|_| first.is_ascii_alphanumeric())
}

fn symbol(byte: u8) -> usize {
    let lower = byte.to_ascii_lowercase();
    match lower {
        b'a'..=b'z' => usize::from(lower - b'a'),
        b'0'..=b'9' => usize::from(lower - b'0') + 26,
        _ => 36,
    }
}

fn is_whole(bytes: &[u8], end: usize) -> bool {
    const ENDINGS: [&[u8]; 16] = [
        b"api", b"key", b"token", b"secret", b"access", b"private", b"service", b"client", b"app", b"pub", b"account", b"user", b"org", b"pass",
        b"auth", b"id",
    ];
    !at(bytes, end).is_ascii_lowercase() || ENDINGS.iter().any(|ending| starts_with(bytes, end, ending))
}

/// In order, which the search relies on.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "2checkout", "abbysale", "abstractapi", "abuseipdb", "abyssale", "accuweather", "actblue", "activecampaign", "adafruit", "adcolony",
    "adjust_", "adobeio", "adp_", "adroll", "adyen", "aerisweather", "aeroworkflow", "aftership", "agora.io", "ahrefs", "ai21", "aikido",
    "airbrake", "airship", "airtable", "airvisual", "aiven", "aivenio", "akamai", "akeneo", "akoya", "alchemyapi", "alconost", "alegra",
    "aletheia", "algolia", "alibabacloud", "alienvault", "aliyun", "allsports", "alphavantage", "amadeus", "ambee", "amplitude", "anilist",
    "ankr", "ansible_tower", "anthropic", "anypoint", "apacta", "api2cart", "apideck", "apiflash", "apifonica", "apify", "apilayer", "apimatic",
    "apininja", "apollo.io", "appcircle", "appcues", "appdynamics", "appfollow", "applovin", "appodeal", "appointedd", "appoptics", "appsflyer",
    "appspider", "appsynergy", "apptivo", "appveyor", "aptos", "aquasec", "arangodb", "arbitrum", "artifactory_", "artsy", "asana", "ashby_",
    "assemblyai", "atera", "atlassian", "audd", "auth0", "authress", "autoklose", "avalanche", "avalara", "avazapersona", "aviationstack",
    "axonaut", "aylien", "ayrshare", "azure_", "azure_devops", "azure_search", "azure_storage", "azuredevops", "azuresearch", "azurestorage",
    "backblaze", "baidu_", "bamboo_hr", "bamboohr", "bambora", "bannerbear", "baremetrics", "baseapi", "bazaarvoice", "beebole", "behance",
    "benchling", "besnappy", "bestbuy", "betterstack", "bigcommerce", "billbee", "billomat", "binance", "bingmaps", "bitbar", "bitbucket",
    "bitcoinaverage", "bitfinex", "bitget", "bitgo", "bithumb", "bitly", "bitmex", "bitpanda", "bitpay", "bitquery", "bitrise", "bitstamp",
    "bittrex", "blackboard", "blazemeter", "blitapp", "blockchair", "blockcypher", "blockfrost", "blocknative", "blogger", "bloomberg",
    "bls_api", "bluesky", "bluesnap", "bombbomb", "boostnote", "borgbase", "botometer", "boxyhq", "braintree", "branch.io", "brandfetch",
    "brevo", "brex", "bright_data", "brightcove", "brightdata", "brightpearl", "browserling", "browserstack", "browshot", "bscrpc", "bscscan",
    "buddyns", "bugherd", "bugsnag", "buildkite", "bulbul", "bulksms", "bunnycdn", "buttercms", "bybit", "caflou", "calendarific", "calendly",
    "calorieninja", "campaignmonitor", "campayn", "cannyio", "canva", "canvas_lms", "capsulecrm", "captaindata", "carbonblack",
    "carboninterface", "cashboard", "caspio", "census_api", "cerbos", "cerebras", "cerner", "cexio", "chainlink", "chainstack", "chargebee",
    "chargify", "chartboost", "chartmogul", "chatfule", "checkio", "checklyhq", "checkmarx", "checkvist", "chroma_", "cin7", "circleci",
    "clarifai", "classlink", "clearbit", "clearscore", "clerk_", "clever_", "clevertap", "clickhelp", "clickhouse", "clicksend", "clicksendsms",
    "clickup", "clientary", "clinchpad", "clockify", "clockworksms", "closecrm", "cloudamqp", "cloudant", "cloudconvert", "cloudelements",
    "cloudflare", "cloudimage", "cloudinary", "cloudmersive", "cloudplan", "cloudsight", "cloudsmith", "cloudways", "clover_", "cloverly",
    "cloze", "clustdoc", "coda_", "codacy", "codeclimate", "codecov", "codemagic", "codequiry", "codesandbox", "coinapi", "coinbase", "coinbin",
    "coingecko", "coinlayer", "coinlib", "coinlore", "coinmarketcap", "column.com", "commercejs", "companyhub", "confluent", "contentful",
    "contentstack", "contribsys", "convertapi", "convertkit", "convex_", "convier", "copyscape", "coralogix", "corbado", "couchbase", "couchdb",
    "countrylayer", "couriertrack", "covalent", "coveralls", "craftmypdf", "cratedb", "criteo", "cronos", "crossbrowsertesting", "crowdin",
    "crowdstrike", "cryptocompare", "currencycloud", "currencyfreaks", "currencylayer", "currencyscoop", "currentsapi", "customerguru",
    "customerio", "cutt.ly", "d7network", "dailyco", "dailymotion", "dandelion", "dareboost", "data.gov", "databox", "databricks", "datadog",
    "datafire", "datagov", "datakit", "datarobot", "dear_", "debitoor", "debounce", "deel_", "deepai", "deepgram", "deepl_", "deepnote",
    "deepseek", "delighted", "deliveroo", "demio", "dependency-track", "deribit", "descope", "descope_", "detectify", "detectlanguage",
    "devcycle", "devto", "dfuse", "dhl_", "dialogflow", "diffbot", "diggernaut", "digicert", "digitalocean", "dingtalk", "directus", "discord",
    "discourse", "disqus", "dnscheck", "docebo", "docparser", "docraptor", "docusign", "doordash", "doppler", "dotmailer", "dovico", "doximity",
    "dpla_", "dribbble", "dronahq", "droneci", "dropbox", "dtrack", "duffel", "duply", "dwolla", "dynadot", "dynamics365", "dynatrace",
    "dyspatch", "e2enetworks", "eagleeye", "easyinsight", "easypost", "easyship", "ebayapi", "ecostruxure", "edamam", "edenai", "edgar",
    "edmodo", "eia_", "eightxeight", "elasticemail", "elephantsql", "elevenlabs", "enablex", "endorlabs", "envoyapi", "epic_fhir", "etherscan",
    "etsyapi", "europeana", "eventbrite", "everhour", "exactonline", "exchangerateapi", "exchangeratesapi", "exportsdk", "extractorapi",
    "facebook", "faceplusplus", "fantom", "fastforex", "fastly", "fastspring", "fauna", "fda_", "fda_api", "fedex", "feedier", "feishu",
    "fetchrss", "fibery", "figma", "fileio", "finage", "financialmodelingprep", "findl", "finicity", "finnhub", "firebase", "fitbit",
    "fixer_io", "fixerio", "flagsmith", "flatio", "fleetbase", "flexport", "flickr", "flightapi", "flightlabs", "flightstats", "flipt",
    "flowdash", "flowdock", "flowflu", "flutterwave", "fmfw", "formbucket", "formcraft", "formio", "formsite", "formspree", "formstack",
    "fortnox", "foursquare", "fred_api", "freeagent", "freesound", "freshbooks", "freshdesk", "freshservice", "freshworks", "friendli",
    "frontegg", "fullcontact", "fullstory", "fusebill", "fusionauth", "fxmarket", "garmin", "gate.io", "gcore", "geckoboard", "genderize",
    "genesys", "gengo", "genius", "genius_", "geoapify", "geocode", "geocodify", "geocodio", "geoipifi", "geonames", "geotab", "getblock",
    "getemail", "getemails", "getgeoapi", "getgist", "getresponse", "getsandbox", "ghost_", "ghost_admin", "giphy", "gitea_", "glassnode",
    "glitch", "gocanvas", "gocardless", "godaddy", "gogs_", "gooddata", "goodday", "goodreads", "googlemaps", "gorgias", "goshippo", "grafana",
    "graphcms", "graphhopper", "groovehq", "grubhub", "gtmetrix", "guardianapi", "gumroad", "gusto_", "gyazo", "hanko", "happyscribe",
    "harvardart", "harvest_", "hashnode", "hasura", "healthchecks", "healthgorilla", "hellosign", "helpcrunch", "helpscout", "hereapi",
    "heroku", "hetzner", "hibob", "hibp", "hiveage", "holidayapi", "honeybadger", "honeycomb", "hootsuite", "host.io", "hotjar", "html2pdf",
    "huaweicloud", "hubspot", "huggingface", "humanapi", "hunter.io", "huobi", "hypertrack", "hyperwallet", "iconfinder", "iexapis", "iexcloud",
    "igdb", "imagekit", "imgbb", "imgix", "imgur", "improvmx", "influxdb", "infobip", "infura", "inmobi", "insightly", "instabot", "instabug",
    "instacart", "instamojo", "instana", "instatus", "integromat", "intercom", "interseller", "intrinio", "invoiceocean", "ip2location",
    "ipapi", "ipdata", "ipgeolocation", "ipify", "ipinfo", "ipinfodb", "ipquality", "ipstack", "ironsource", "iterable", "jdcloud", "jfrog",
    "jotform", "jumio", "jumpcloud", "jumpseller", "juro_", "kakao", "kakaotalk", "kaleyra", "kamatera", "karmacrm", "keen.io", "keycloak",
    "keygen.sh", "kickbox", "kinde", "kintone", "klaviyo", "klipfolio", "knapsackpro", "kochava", "kontent", "kook_", "kubecost", "kucoin",
    "kuna", "kylas", "lacework", "languagelayer", "larksuite", "lastfm", "launchdarkly", "leadfeeder", "leaseweb", "lemlist", "lemonsqueezy",
    "lendflow", "lepton", "lessannoyingcrm", "lexigram", "lexoffice", "library_of_congress", "libraryofcongress", "lightspeed", "linearapi",
    "linemessaging", "linenotify", "linkedin", "linkpreview", "linode", "lithic", "liveagent", "livestorm", "loadmill", "lob_", "loc_api",
    "localbitcoins", "localizely", "locationhere", "locationiq", "logdna", "logentries", "loggly", "logicmonitor", "loginradius", "logz.io",
    "logzio", "lokalise", "looker", "losant", "loyverse", "lunchmoney", "luno", "lyft", "lyrics", "macaddress", "madkudu", "magento",
    "magic_link", "mailboxlayer", "mailboxvalidator", "mailchimp", "mailerlite", "mailgun", "mailjet", "mailmodo", "mailsac", "mailtrap",
    "mambu", "mandrill", "mapbox", "mapillary", "mapmyindia", "mapquest", "marketo", "marketstack", "marqeta", "marvel_", "mastodon", "matomo",
    "mattermost", "mattermost_", "mavenlink", "maxmind", "meaningcloud", "mediastack", "medium", "meilisearch", "meistertask", "memberstack",
    "merriam", "mesibo", "messagebird", "metaapi", "metabase", "metrilo", "mexc", "microcms", "microsoft_teams", "milvus", "mindmeister",
    "miro_", "mite_", "mixmax", "mixpanel", "mockaroo", "modern_treasury", "mollie", "monday.com", "moneybird", "moodle", "moonclerk",
    "moonpay", "moosend", "moov_", "mopub", "moralis", "mouseflow", "movebank", "mrticktock", "mulesoft", "musicbrainz", "musixmatch",
    "mux_token", "myexperiment", "myfreshworks", "myintervals", "myob", "mypurecloud", "namely", "nasa_", "nasdaq_", "naver_", "near_api",
    "neo4j", "netdata", "nethunt", "netlify", "netsuite", "neutrino", "newrelic", "newsapi", "newscatcher", "newsdata", "nexmo", "nextdoor_",
    "nftport", "ngrok", "nicereply", "nightfall", "nitrado", "noticeable", "notion_", "novita", "nownodes", "nozbe", "npoint", "nubela",
    "numverify", "nutritionix", "nvidia", "nylas", "nypl", "nytimes", "oanda", "ocrspace", "okta", "omdb", "omnisci", "omnisend", "onbuka",
    "onedesk", "onedrive", "onelogin", "onesignal", "onfido", "onfleet", "ons_", "oopspam", "openai", "opencage", "opencage_", "opencart",
    "opencorporates", "openexchangerates", "openfda", "opengraph", "opennode", "openrouter", "opensea", "openuv", "openweather", "opsgenie",
    "optidash", "optimism", "optimizely", "oracledb", "ordnance", "ory_", "osohq", "oura", "outbrain", "outplay", "owlbot", "oxforddict",
    "packagecloud", "packlink", "pagarme", "pagerduty", "pandadoc", "pandascore", "pandora", "papaya", "paperform", "papertrail",
    "paralleldots", "parcelhub", "parsehub", "parseur", "partnerstack", "passage", "passbase", "pastebin", "paydirtapp", "payfast",
    "payload_cms", "paymentwall", "paymo", "paymongo", "payoneer", "paypal", "paystack", "pdflayer", "pdfshift", "peopledatalabs", "pepipost",
    "percy", "perigon", "permitio", "perplexity", "personio", "pexels", "phraseapp", "pinata", "pinecone", "pingdom", "pinterest", "pipedream",
    "pipedrive", "pivotaltracker", "pixabay", "plaid", "planetscale", "planview", "planyo", "plivo", "podio", "polar_", "poloniex",
    "polygon.io", "polygonapi", "polygonscan", "polymarket", "portainer", "positionstack", "postageapp", "postbacks", "posthog", "postman",
    "postmark", "powerbi", "powerschool", "powerschool_", "powrbot", "prefect", "printful", "prisma_", "prismacloud", "prismic", "privacyio",
    "prodpad", "propelauth", "prospectcrm", "protocolsio", "proxycrawl", "pubnub", "purestake", "pushbullet", "pusher", "pushover", "qase",
    "qdrant", "qiniu", "qonto", "qualaroo", "qualtrics", "qualys", "quandl", "qubole", "quickbase", "quickbooks", "quickfile", "quickmetrics",
    "quicknode", "rancher", "rankade", "rapid7", "rapidapi", "rawg", "razorpay", "reachmail", "readme.io", "readwise", "realtor", "rebrandly",
    "recruitee", "recurly", "reddit", "reddit_", "rediscloud", "redislabs", "redox_", "refiner", "refinitiv", "remove.bg", "removebg",
    "repairshopr", "replicate", "reply.io", "requestfinance", "resend_", "restpack", "restpackhtml", "retellai", "rev.ai", "revampcrm",
    "revenuecat", "rijksmuseum", "ringcentral", "rippling", "ritekit", "rocketchat_", "rockset", "rollbar", "rootly", "route4me", "routee",
    "rownd", "rubrik", "rudderstack", "runpod", "runrunit", "runscope", "sageone", "salesblink", "salescookie", "salesflare", "salesforce",
    "salesloft", "salesmate", "samsara", "samsara_", "sanity_", "satismeter", "saucelabs", "scaleway", "scalingo", "scalr", "schoology",
    "scopus", "scrapeowl", "scraperapi", "scraperbox", "scraperstack", "scrapestack", "scrapfly", "scrapin", "scrapingant", "scrapingbee",
    "screenshotapi", "screenshotlayer", "scrutinizer", "securitytrails", "selectpdf", "semrush", "sendbird", "sendcloud", "sendgrid",
    "sendinblue", "sendpulse", "sentinelone", "sentry_", "serpapi", "serphouse", "serpstack", "serveravatar", "sevdesk", "sharepoint", "shazam",
    "sheety", "sherpadesk", "ship24", "shipday", "shipengine", "shippo", "shipstation", "shodan", "shopify", "shotstack", "shutterstock",
    "sidekiq", "signable", "signalwire", "signaturit", "signoz", "signupgenius", "sigopt", "simfin", "simplecast", "simplesat", "simplybook",
    "simvoly", "sinch", "singlestore", "sirv", "site24x7", "sitebulb", "siteleaf", "skrapp", "skybiometry", "skyscanner", "slack_", "smartlook",
    "smartsheet", "smartystreets", "smithsonian", "smooch", "snapads", "snapchat", "snipcart", "snowflake", "snyk", "softlayer", "solana",
    "solcast", "solscan", "sonar", "sonarcloud", "sonarqube", "soracom", "soundcloud", "sourcegraph", "spacelift", "sparkpost", "speechtext",
    "splunk", "spoonacular", "sportradar", "sportsmonk", "spotify", "spotinst", "spotipy", "squarespace", "squareup", "sslmate", "stability_",
    "stackhawk", "stamps_com", "starknet", "starton", "statsig", "statuscake", "statushero", "statuspage", "statuspal", "steam_", "steamgrid",
    "stitchdata", "stockdata", "storecove", "storeganise", "stormboard", "stormglass", "storyblok", "storychief", "strapi", "strava", "stripe_",
    "stripo", "stytch", "stytch_", "sugester", "sumologic", "supabase", "superfeedr", "supernotes", "supertokens", "surveyanyplace",
    "surveybot", "surveymonkey", "surveysparrow", "survicate", "swarmia", "swiftype", "symbl", "sysdig", "tableau", "taboola", "tatum",
    "tavily", "taxjar", "teamcity", "teamgate", "teamwork", "telegram", "telesign", "teletype", "telnyx", "tenable", "tencent_", "tenderly",
    "terra_api", "terraform_cloud", "testingbot", "text2data", "textlocal", "textmagic", "textrazor", "the-odds-api", "the_odds_api",
    "thegraph", "theoddsapi", "thetvdb", "thinkific", "thousandeyes", "threads_", "ticketmaster", "tickettailor", "ticktick", "tidal_",
    "tigergraph", "tiingo", "tiktok", "timecamp", "timescale", "timezoneapi", "tineswebhook", "tinypng", "tinyurl", "tisane", "tly_", "tmdb",
    "tmetric", "todoist", "together", "together_ai", "togetherai", "toggl", "tokeet", "tokopedia", "tomorrow.io", "tomtom", "tradier", "trakt",
    "trakttv", "transferwise", "transifex", "travelpayouts", "travisci", "tray.io", "treasuryprime", "trelica", "trello", "triplebyte", "tron_",
    "tru_", "truelayer", "truenas", "trulioo", "trustpilot", "turso", "twelvedata", "twilio", "twistlock", "twitch", "twitter", "twocheckout",
    "tyntec", "typeform", "typesense", "uber_", "ubereats", "ubidots", "uclassify", "ucloud", "umami", "unbounce", "unisender", "unityads",
    "unleash", "unleashed", "unplugg", "unsplash", "upbit", "upcdatabase", "uplead", "uploadcare", "uploadio", "ups_client", "upstash",
    "uptimerobot", "uptrace", "upwave", "upyun", "urlscan", "usda", "userflow", "usersnap", "userstack", "ushahidi", "usps_", "vagrantcloud",
    "validic", "vatlayer", "vbout", "vendasta", "vercel", "veriff", "verimail", "veriphone", "verizonconnect", "versioneye", "viber", "viewneo",
    "vimeo", "viralsweep", "virustotal", "visma", "visual_crossing", "visualcrossing", "voiceflow", "voicegain", "volcengine", "vonage",
    "voodoosms", "vouchery", "vpnapi", "vultr", "vungle", "vyte", "wakatime", "walkscore", "walmart", "wandb", "waveapps", "weatherapi",
    "weatherbit", "weatherstack", "weaviate", "webex", "webexbot", "webflow", "webscraper", "webscraping", "wecom", "wepay", "what3words",
    "whatcms", "whatsapp", "whereby", "whoxy", "wistia", "wit.ai", "withings", "wix_", "wiz_", "woocommerce", "wordnik", "workable", "workday",
    "workiom", "workos", "workos_", "worksnaps", "worldcoinindex", "worldpay", "worldweather", "wpengine", "wrike", "xboxlive", "xendit",
    "xero_", "yandex", "yelp_", "yext", "youneedabudget", "yugabyte", "zapier", "zarinpal", "zendesk", "zenkit", "zenrows", "zenscrape",
    "zenserp", "zeplin", "zerobounce", "zeroheight", "zerossl", "zerotier", "zettle", "zhipu", "zilliz", "zipapi", "zipbooks", "zipcodeapi",
    "zipcodebase", "zipmark", "ziptax", "zitadel", "zksync", "zohocrm", "zonkafeedback", "zoom_", "zoominfo", "zulip", "zulip_", "zuora",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.is_sorted());
    }
}
